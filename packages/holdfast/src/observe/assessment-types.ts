import type { ErrorCode } from '../core/index.ts';
import type { AcceptedRisk } from '../site/index.ts';

/** The next fault that a site must survive, each seen from now. */
export const faultClasses = [
  'active-node-loss',
  'passive-node-loss',
  'witness-loss',
  'link-loss',
  'workload-crash',
] as const;

export type FaultClass = (typeof faultClasses)[number];

/** What a finding may stand in the way of: surviving a fault, or a switchover that is planned. */
export type Risked = FaultClass | 'planned-move';

export type Answer = 'yes' | 'no' | 'unknown';

/** What a snapshot says about a site. Serialisable. */
export interface Assessment {
  readonly site: string;
  readonly takenAtMs: number;
  /** It serves, and would survive every fault of `faults`. */
  readonly safe: boolean;
  /** The whole in one line. */
  readonly verdict: string;
  /** The node that serves; null: none, or nobody knows which. */
  readonly active: string | null;
  /** The node that would take over; null where `active` is. */
  readonly passive: string | null;
  readonly serves: Answer;
  /** One for each fault that this site can meet: without a witness none can be lost. */
  readonly faults: readonly FaultOutlook[];
  /** Whether the workloads can be moved to the passive node on purpose, now. */
  readonly move: { readonly possible: Answer; readonly reasons: readonly Finding[] };
  /** The dangerous ones first. */
  readonly findings: readonly Finding[];
  readonly acceptedRisks: readonly AcceptedRisk[];
}

export interface FaultOutlook {
  readonly fault: FaultClass;
  /** Whether the site would go on serving after it, if it came now. */
  readonly survives: Answer;
  /** Every reason why it would not, or why nobody knows. */
  readonly reasons: readonly Finding[];
}

/** One thing that is not as it should be. */
export interface Finding {
  readonly code: ErrorCode;
  /** `danger`: it makes an answer no or unknown. */
  readonly severity: 'danger' | 'warning';
  /** A machine, a resource, or the site. */
  readonly where: string;
  readonly message: string;
  /** What to do now, in words. */
  readonly remedy: string;
  /** The command that does it, as typed on the observer's computer. */
  readonly command?: string;
  /** What it says about serving; absent: nothing. */
  readonly serves?: Exclude<Answer, 'yes'>;
  /** What the site would not survive, or could not do, because of it, or might not. */
  readonly breaks: Readonly<Partial<Record<Risked, Exclude<Answer, 'yes'>>>>;
}
