import type { Clock } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import type { ClusterReading } from './cluster-watch.ts';
import type { Danger } from './danger.ts';
import type { FaultName } from './fault-names/index.ts';
import type { MachineKind, Power } from './faults/index.ts';
import type { WorkloadProbe } from './probe/probe.ts';
import type { DrillReport } from './types.ts';

/** What of the world is needed to undo faults. */
export interface Healing {
  readonly clock: Clock;
  /** Every Corosync member, the nodes first. */
  readonly members: readonly Host[];
  readonly power: Power;
  /** Moves the workloads away from `node` as the operator's command does; resolves when they serve elsewhere. */
  moveAwayFrom(node: string, signal: AbortSignal): Promise<{ readonly atMs: number }>;
}

/** Everything of the world that a drill touches. */
export interface DrillEnvironment extends Healing {
  readonly probe: WorkloadProbe;
  readonly machines: MachineKind;
  /** How the cluster stands now, as one of the members that can be reached sees it. */
  readCluster(signal: AbortSignal): Promise<ClusterReading>;
  /** What the operator would be told now: everything dangerous that `holdfast status` finds. */
  explain(signal: AbortSignal): Promise<readonly Danger[]>;
  /** What this fault may take at most by calculation; null: nothing is promised for it. */
  budgetSeconds(fault: FaultName): number | null;
  /** Whether that counts from the boot of the last machine, and not from the fault. */
  budgetCountsFromLastBoot(fault: FaultName): boolean;
  readonly description: DrillReport['environment'];
}
