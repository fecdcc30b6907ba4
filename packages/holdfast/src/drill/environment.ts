import type { Clock } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import type { ClusterReading } from './cluster-watch.ts';
import type { Power } from './faults/index.ts';
import type { WorkloadProbe } from './probe/probe.ts';
import type { DrillReport, FaultName } from './types.ts';

/** What of the world is needed to undo faults. */
export interface Healing {
  readonly clock: Clock;
  /** Every Corosync member, the nodes first. */
  readonly members: readonly Host[];
  readonly power: Power;
}

/** Everything of the world that a drill touches. */
export interface DrillEnvironment extends Healing {
  readonly probe: WorkloadProbe;
  /** Whether the machines share the clock of this computer, as containers do. */
  readonly sharesClock: boolean;
  /** How the cluster stands now, as one of the members that can be reached sees it. */
  readCluster(signal: AbortSignal): Promise<ClusterReading>;
  /** Moves the workloads away from `node` as the operator's command does; resolves when they serve elsewhere. */
  moveAwayFrom(node: string, signal: AbortSignal): Promise<{ readonly atMs: number }>;
  /** What this fault may take at most by calculation. */
  budgetSeconds(fault: FaultName): number;
  readonly description: DrillReport['environment'];
}
