import { patience, type Site } from '../site/index.ts';
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
  /** How often the cluster is asked meanwhile: each time costs every member some processes. */
  readonly pollEveryMs: number;
  /** Service must be steady for so long before the fault, and again after the outage, before the drill goes on. */
  readonly steadyMs: number;
  /** Before the fault: steady within this, or the drill says that the probe cannot reach the service. */
  readonly firstAnswerLimitMs: number;
  /** After the fault: an outage that lasts longer is reported as one without end. */
  readonly outageLimitMs: number;
  /**
   * How long a fault that must stay an outage is watched, from when whoever is left has decided to start nothing: longer than any
   * takeover that would be wrong.
   */
  readonly refusedForMs: number;
  /** What a fault did undoes itself after this, with or without us. Longer than the outage may last. */
  readonly deadManMs: number;
  readonly readBackLimitMs: number;
  /** A write is surely answered or given up this long after it was sent: time to connect and time to answer. */
  readonly longestWriteMs: number;
}

/** Milliseconds. A SYN to a machine that is gone must not hold up a client longer; the answer's time begins with the connection. */
const clientLimits = { connectTimeoutMs: 250, answerTimeoutMs: 1_000 } as const;

export const usualPace: DrillPace = {
  ratePerSecond: 50,
  readyLimitMs: 180_000,
  pollEveryMs: 500,
  steadyMs: 2_000,
  firstAnswerLimitMs: 20_000,
  outageLimitMs: 60_000,
  refusedForMs: 20_000,
  deadManMs: 90_000,
  readBackLimitMs: 60_000,
  longestWriteMs: clientLimits.connectTimeoutMs + clientLimits.answerTimeoutMs,
};

/** A recovery that misses the objective by less is still measured, and told from none. */
const beyondObjectiveMs = 30_000;
const deadManMarginMs = usualPace.deadManMs - usualPace.outageLimitMs;

/** The usual pace, with the patience that the site's objective and its machines need. */
export function paceFor(site: Pick<Site, 'objectives' | 'timing' | 'drill'>): DrillPace {
  const outageLimitMs = Math.max(usualPace.outageLimitMs, site.objectives.rtoMs + beyondObjectiveMs);
  const refusedForMs = Math.max(usualPace.refusedForMs, 1.5 * site.objectives.rtoMs);
  const { connectTimeoutMs, answerTimeoutMs } = clientLimitsFor(site);
  const longer = patience(site);
  return {
    ratePerSecond: site.drill.target?.rate ?? usualPace.ratePerSecond,
    readyLimitMs: longer * usualPace.readyLimitMs,
    pollEveryMs: longer * usualPace.pollEveryMs,
    steadyMs: usualPace.steadyMs,
    firstAnswerLimitMs: longer * usualPace.firstAnswerLimitMs,
    outageLimitMs,
    refusedForMs,
    deadManMs: Math.max(outageLimitMs, refusedForMs) + deadManMarginMs,
    readBackLimitMs: longer * usualPace.readBackLimitMs,
    longestWriteMs: connectTimeoutMs + answerTimeoutMs,
  };
}

/** How long a client of this site waits for a connection, and then for the answer. */
export function clientLimitsFor(site: Pick<Site, 'timing'>) {
  const longer = patience(site);
  return {
    connectTimeoutMs: longer * clientLimits.connectTimeoutMs,
    answerTimeoutMs: longer * clientLimits.answerTimeoutMs,
  };
}
