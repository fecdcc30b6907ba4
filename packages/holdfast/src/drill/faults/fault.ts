import type { Clock } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';
import type { SiteNode } from '../../site/index.ts';
import type { ClockOffset } from '../evidence/clock-offset.ts';
import type { FaultName } from '../types.ts';
import type { Power } from './power.ts';

/** Something bad that is done to the active node on purpose. */
export interface Fault {
  readonly name: FaultName;
  /** What happens, for the person who watches: "cut the power of alpha". */
  describe(node: string): string;
  /** Changes nothing. Throws HoldfastError when the machine lacks what the fault needs there. Absent: it needs nothing. */
  checkMachine?(host: Host): Promise<void>;
  /**
   * Arms what undoes the fault after `deadManMs` even if this computer is gone by then. Called before `inject`.
   * Throws HoldfastError when it cannot be armed: then the fault must not be done.
   */
  armDeadMan(context: FaultContext): Promise<void>;
  /** Does it. Throws HoldfastError when it cannot be done. */
  inject(context: FaultContext): Promise<Injection>;
  /**
   * Undoes the fault and disarms its dead-man, whatever is left of either. Harmless when there is nothing. Throws when the
   * node cannot be reached.
   */
  heal(context: FaultContext): Promise<void>;
}

export interface Injection {
  /** The instant of the fault in the drill's clock, as close before its effect as it can be known. */
  readonly atMs: number;
  /** When the machine certainly had no power any more. */
  readonly powerOffAtMs?: number;
}

export interface FaultContext {
  readonly clock: Clock;
  readonly node: SiteNode;
  readonly host: Host;
  /** The node's clock against the drill's. */
  readonly offset: ClockOffset;
  /** The systemd unit of the workload under attack. */
  readonly unit: string;
  /** The resource in the cluster that stands for the unit. */
  readonly workloadResource: string;
  readonly virtualAddress: string;
  readonly power: Power;
  /** Moves the workload away from the node as an operator would; resolves when that is done, with when it was ordered. */
  readonly move: () => Promise<{ readonly atMs: number }>;
  readonly deadManMs: number;
}
