import { type Clock, HoldfastError } from '../core/index.ts';
import type { Fault } from './faults/index.ts';
import type { DrillPace } from './options.ts';
import { isSame, measureRecovery, type OutageRule, type Recovery } from './recovery.ts';
import type { Incarnation, Operation } from './types.ts';

const pollEveryMs = 50;

/**
 * Waits until `node` has acknowledged every write of the last `steadyMs`, and gives the incarnation that did.
 * Throws HF-DRILL-CLIENT when that is not reached.
 */
export async function untilSteady(
  operations: readonly Operation[],
  node: string,
  clock: Clock,
  pace: DrillPace,
  signal: AbortSignal,
): Promise<Incarnation> {
  const deadlineMs = clock.monotonic() + pace.firstAnswerLimitMs;
  for (;;) {
    const server = steadyServer(operations, clock.now(), pace);
    if (server?.node === node) return server;
    if (clock.monotonic() >= deadlineMs) throw notSteady(operations, node, pace, server);
    await clock.sleep(pollEveryMs, signal);
  }
}

/**
 * Waits until service is back and steady, or the outage has lasted as long as the drill waits. A fault that may show late, after up
 * to `showsWithinMs`, is watched so long before service counts as steady. Service that was not interrupted counts as that only when the
 * budget of the fault is over: a node that lost its cluster serves on until it is fenced.
 */
export async function untilRecovered(
  operations: readonly Operation[],
  faultAtMs: number,
  clock: Clock,
  pace: DrillPace,
  signal: AbortSignal,
  fault: ShapeOfOutage = {},
  budgetSeconds: number | null = null,
): Promise<Recovery> {
  const { showsWithinMs } = fault;
  // Writes sent just after the fault must have had their time, or an outage that begins would look like none.
  const earliestMs = faultAtMs + (showsWithinMs ?? 0) + pace.longestWriteMs + pace.steadyMs;
  const limitMs = pace.outageLimitMs + (showsWithinMs ?? 0);
  const undisturbedFromMs = faultAtMs + (budgetSeconds ?? 0) * 1000;
  const isOver = ({ rtoSeconds, interrupted }: Recovery) => {
    const nowMs = clock.now();
    if (!interrupted && nowMs < undisturbedFromMs) return false;
    const steady = nowMs >= earliestMs && steadyServer(operations, nowMs, pace) !== undefined;
    return rtoSeconds !== null && steady;
  };
  return watchOutage(operations, faultAtMs, limitMs, clock, signal, isOver, outageRule(fault));
}

type ShapeOfOutage = Pick<Fault, 'showsWithinMs' | 'drivesAway'>;

/** A fault that may show late is served through until then. */
export function outageRule({ showsWithinMs, drivesAway }: ShapeOfOutage): OutageRule {
  return {
    from: showsWithinMs === undefined ? 'fault' : 'silence',
    endedBy: drivesAway === true ? 'other-node' : 'later-start',
  };
}

/** Watches an outage that must last until `untilMs`, or until somebody serves all the same. Gives what the client saw. */
export async function whileRefused(
  operations: readonly Operation[],
  faultAtMs: number,
  untilMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Recovery> {
  return watchOutage(operations, faultAtMs, untilMs - faultAtMs, clock, signal, isServed);
}

/** Whether somebody serves again. */
export function isServed({ rtoSeconds, interrupted }: Recovery): boolean {
  return rtoSeconds !== null && interrupted;
}

/** What the client saw when `isOver`, or `limitMs` after the fault. */
async function watchOutage(
  operations: readonly Operation[],
  faultAtMs: number,
  limitMs: number,
  clock: Clock,
  signal: AbortSignal,
  isOver: (recovery: Recovery) => boolean,
  rule?: OutageRule,
): Promise<Recovery> {
  for (;;) {
    const recovery = measureRecovery(operations, faultAtMs, rule);
    if (isOver(recovery) || clock.now() - faultAtMs >= limitMs) return recovery;
    await clock.sleep(pollEveryMs, signal);
  }
}

/** Waits until service is steady after the healing at `healedAtMs`; gives the seconds from then to the first answer, or null. */
export async function untilServedAgain(
  operations: readonly Operation[],
  healedAtMs: number,
  clock: Clock,
  pace: DrillPace,
  signal: AbortSignal,
): Promise<number | null> {
  const deadlineMs = clock.now() + pace.readyLimitMs;
  while (clock.now() < healedAtMs + pace.steadyMs || steadyServer(operations, clock.now(), pace) === undefined) {
    if (clock.now() >= deadlineMs) return null;
    await clock.sleep(pollEveryMs, signal);
  }
  const first = operations.find(({ result, completedAtMs }) => result === 'ok' && (completedAtMs ?? 0) > healedAtMs);
  return first?.completedAtMs === undefined ? null : (first.completedAtMs - healedAtMs) / 1000;
}

/** The one incarnation that acknowledged every write sent in the last `steadyMs` that must have its answer by now. */
export function steadyServer(
  operations: readonly Operation[],
  nowMs: number,
  pace: DrillPace,
): Incarnation | undefined {
  const untilMs = nowMs - pace.longestWriteMs;
  const fromMs = untilMs - pace.steadyMs;
  const recent = operations.filter(({ intendedAtMs }) => intendedAtMs >= fromMs && intendedAtMs < untilMs);
  const [first] = recent;
  const expected = (pace.steadyMs / 1000) * pace.ratePerSecond;
  if (first?.servedBy === undefined || recent.length < 0.9 * expected) return undefined;
  const server = first.servedBy;
  const isSteady = recent.every(({ servedBy }) => servedBy !== undefined && isSame(servedBy, server));
  return isSteady ? server : undefined;
}

function notSteady(
  operations: readonly Operation[],
  node: string,
  pace: DrillPace,
  server: Incarnation | undefined,
): HoldfastError {
  const acknowledged = operations.filter(({ result }) => result === 'ok').length;
  const seen =
    server === undefined
      ? `${acknowledged} of ${operations.length} writes were acknowledged`
      : `${server.node} answers, and the cluster says that ${node} is active`;
  return new HoldfastError({
    code: 'HF-DRILL-CLIENT',
    message: `The drill's client did not get steady service within ${pace.firstAnswerLimitMs / 1000} s: ${seen}.`,
    remedy:
      'Check the port in `drill.target`, the client namespace, and whether the service answers through the virtual address.',
    source: 'site',
  });
}
