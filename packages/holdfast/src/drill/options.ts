import type { Site } from '../site/index.ts';
import type { FaultName } from './fault-names/index.ts';

export interface DrillOptions {
  readonly faults: readonly FaultName[];
  /** Leaves out what cannot be done on this site, instead of refusing the whole. */
  readonly leaveOut: boolean;
  /** How often each fault is done. */
  readonly repeat: number;
  readonly pace: DrillPace;
}

/** How a drill proceeds in time. Every wait of a drill ends by one of these. */
export interface DrillPace {
  readonly ratePerSecond: number;
  /** The site must be whole and idle within this before a fault, and again after it. */
  readonly readyLimitMs: number;
  /** Service must be steady for so long before the fault, and again after the outage, before the drill goes on. */
  readonly steadyMs: number;
  /** Before the fault: steady within this, or the drill says that the probe cannot reach the service. */
  readonly firstAnswerLimitMs: number;
  /** After the fault: an outage that lasts longer is reported as one without end. */
  readonly outageLimitMs: number;
  /** How long a fault that must stay an outage is watched: longer than any takeover that would be wrong. */
  readonly refusedForMs: number;
  /** What a fault did undoes itself after this, with or without us. Longer than the outage may last. */
  readonly deadManMs: number;
  readonly readBackLimitMs: number;
  /** A write is surely answered or given up this long after it was sent: time to connect and time to answer. */
  readonly longestWriteMs: number;
}

export const usualPace: DrillPace = {
  ratePerSecond: 50,
  readyLimitMs: 180_000,
  steadyMs: 2_000,
  firstAnswerLimitMs: 20_000,
  outageLimitMs: 60_000,
  refusedForMs: 20_000,
  deadManMs: 90_000,
  readBackLimitMs: 60_000,
  longestWriteMs: 1_250,
};

/** A recovery that misses the objective by less is still measured, and told from none. */
const beyondObjectiveMs = 30_000;
const deadManMarginMs = usualPace.deadManMs - usualPace.outageLimitMs;

/** The usual pace, with the patience that the site's objective needs. */
export function paceFor({ objectives }: Pick<Site, 'objectives'>): DrillPace {
  const outageLimitMs = Math.max(usualPace.outageLimitMs, objectives.rtoMs + beyondObjectiveMs);
  const refusedForMs = Math.max(usualPace.refusedForMs, 1.5 * objectives.rtoMs);
  return { ...usualPace, outageLimitMs, refusedForMs, deadManMs: outageLimitMs + deadManMarginMs };
}
