import type { ExpectedService } from './expectation.ts';
import type { FaultName } from './fault-names/index.ts';
import type { MachineKind } from './faults/index.ts';

/** What a drill records and concludes. Wall times are Unix milliseconds; monotonic ones are milliseconds of the recorder. */

/** One numbered write of the client, from its sending to its answer. */
export interface Operation {
  /** The idempotency key; unique within the history. */
  readonly key: string;
  /** When the open-loop schedule wanted it sent. Latency counts from here, so that a stalled client cannot hide a slow service. */
  readonly intendedAtMs: number;
  readonly invokedAtMs: number;
  readonly completedAtMs?: number;
  /** `ok`: acknowledged. `fail`: certainly not done. `unknown`: no answer; it may or may not have been done. */
  readonly result: 'ok' | 'fail' | 'unknown';
  /** Who answered. */
  readonly servedBy?: Incarnation;
}

/** One life of the workload: the node it ran on and its start number, which is never used twice. */
export interface Incarnation {
  readonly node: string;
  readonly start: number;
}

export interface History {
  readonly operations: readonly Operation[];
  /** What the workload holds after the fault, read completely; a key twice stands here twice. Absent: it could not be read. */
  readonly finalRead?: readonly string[];
}

/** Jepsen's total-queue, applied to keys. Source: jepsen-io/jepsen, jepsen/src/jepsen/checker.clj, `total-queue`. */
export interface LedgerCount {
  readonly attempted: number;
  readonly acknowledged: number;
  /** Acknowledged, but not read back. */
  readonly lost: number | null;
  /** Copies read back beyond the first. */
  readonly duplicated: number | null;
  /** Not acknowledged, but read back. */
  readonly recovered: number | null;
  /** Read back, but never attempted. */
  readonly unexpected: number | null;
}

export type PhaseName = 'detected' | 'fenced' | 'state' | 'address' | 'workload' | 'first-acknowledged-write';

export interface Phase {
  readonly name: PhaseName;
  /** Seconds from the fault until this was reached; null: not reached, or not part of this fault. */
  readonly atSeconds: number | null;
  /** Where it was read: host and journal identifier, or `client`. */
  readonly from?: string;
}

export interface DrillResult {
  readonly fault: FaultName;
  readonly site: string;
  /** The node the fault was done to. */
  readonly node: string;
  readonly startedAt: string;
  /** What shall come of the fault; written down before it is done. */
  readonly expected: ExpectedService;
  /** The same in a sentence. */
  readonly expectation: string;
  readonly objectiveSeconds: number;
  /**
   * What the fault may take at most by calculation, from its instant; of a blackout, whose calculation begins with the boot of the last
   * machine, with what passed until then. Null: nothing was computed for it, or nobody knows when that was.
   */
  readonly budgetSeconds: number | null;
  /**
   * From the instant of the fault to the first acknowledged write after the outage; of a fault that the site may notice late, from the
   * beginning of the outage; null: never.
   */
  readonly rtoSeconds: number | null;
  /** The longest time after the fault during which no write was acknowledged; null: it never ended. */
  readonly interruptionSeconds: number | null;
  /** From the end of a fault that service could not outlive to the next acknowledged write; null: no such fault, or never. */
  readonly afterHealingSeconds: number | null;
  readonly attempted: number;
  readonly acknowledged: number;
  readonly lost: number | null;
  readonly duplicated: number | null;
  readonly recovered: number | null;
  readonly unexpected: number | null;
  /** Whether two nodes were active at one instant; null: not known. */
  readonly twoActive: boolean | null;
  readonly phases: readonly Phase[];
  readonly outcome: 'pass' | 'fail' | 'unknown';
  /** Each reason for `fail` or `unknown`, in words. */
  readonly reasons: readonly string[];
  /** What the reader should know beside the verdict, in words. */
  readonly notes: readonly string[];
  /**
   * Whether the drill shows that acknowledged writes were on the disk: `proven` only when the attacked machine lost its power
   * and with it its memory, which no container does.
   */
  readonly durability: 'proven' | 'not-proven';
  /** For the time line: answers per 50 ms bin and node changes, relative to the fault in seconds. */
  readonly timeline: Timeline;
}

export interface Timeline {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly operations: readonly {
    readonly atSeconds: number;
    readonly latencyMs: number | null;
    readonly result: Operation['result'];
    readonly node?: string;
  }[];
  readonly spans: readonly {
    readonly lane: string;
    readonly label: string;
    readonly fromSeconds: number;
    readonly toSeconds: number;
  }[];
}

export interface DrillReport {
  readonly version: 1;
  readonly site: string;
  readonly environment: {
    readonly machines: MachineKind;
    readonly cpus: number;
    readonly tokenMs: number;
    readonly notes: readonly string[];
  };
  readonly drills: readonly DrillResult[];
  /** Faults that were asked for, but cannot be done on this site, each with the reason. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  readonly fault: FaultName;
  readonly because: string;
}

/** What a drill reports while it runs. The last event of a stream is always `report`. */
export type DrillEvent =
  | { readonly kind: 'drill-started'; readonly fault: FaultName; readonly repetition: number; readonly of: number }
  | ({ readonly kind: 'left-out' } & LeftOut)
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'load'; readonly attempted: number; readonly acknowledged: number; readonly servedBy?: string }
  | { readonly kind: 'fault-injected'; readonly fault: FaultName; readonly node: string; readonly atMs: number }
  | { readonly kind: 'service-restored'; readonly rtoSeconds: number; readonly node: string }
  | { readonly kind: 'drill-finished'; readonly result: DrillResult }
  | { readonly kind: 'report'; readonly report: DrillReport };
