import type { DrillResult, Timeline } from '../drill/index.ts';
import { reachedPhases } from './phases.ts';

/** A stretch of time, in seconds from the fault. */
export interface TimeWindow {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** A promise or budget up to this many times the recovery is worth showing at its place; a farther one would squeeze the rest. */
const limitReach = 3.5;

/** The part of a drill's time that a picture shows: some time before the fault, the recovery, and a while of service again. */
export function windowOf({ timeline, ...drill }: DrillResult): TimeWindow {
  if (drill.rtoSeconds === null) return ordered(timeline);
  const last = Math.max(
    drill.rtoSeconds,
    ...reachedPhases({ timeline, ...drill }).map(({ atSeconds }) => atSeconds),
    0.2,
  );
  const limits = [drill.budgetSeconds, drill.objectiveSeconds]
    .filter((limit) => limit !== null)
    .filter((limit) => limit <= limitReach * last);
  const toSeconds = Math.max(last * 1.45, ...limits.map((limit) => limit * 1.08));
  return ordered({
    fromSeconds: Math.max(timeline.fromSeconds, -0.22 * toSeconds),
    toSeconds: Math.max(Math.min(timeline.toSeconds, toSeconds), last * 1.05),
  });
}

export function unionOf(windows: readonly TimeWindow[]): TimeWindow {
  return ordered({
    fromSeconds: Math.min(...windows.map((each) => each.fromSeconds)),
    toSeconds: Math.max(...windows.map((each) => each.toSeconds)),
  });
}

/** The longest time after the fault without an acknowledged write, found in the answers; absent: nothing followed it. */
export function silenceOf({ operations, toSeconds }: Timeline): TimeWindow {
  const answers = operations.filter(({ result, atSeconds }) => result === 'ok' && atSeconds >= 0);
  const times = [0, ...answers.map(({ atSeconds }) => atSeconds).sort((a, b) => a - b)];
  let longest: TimeWindow = { fromSeconds: 0, toSeconds: times[1] ?? toSeconds };
  for (const [index, fromSeconds] of times.entries()) {
    const next = times[index + 1] ?? fromSeconds;
    if (next - fromSeconds > longest.toSeconds - longest.fromSeconds) longest = { fromSeconds, toSeconds: next };
  }
  return longest;
}

/** Round instants to write on an axis, at most `count` of them. */
export function ticksOf({ fromSeconds, toSeconds }: TimeWindow, count: number): readonly number[] {
  const step = niceStep((toSeconds - fromSeconds) / count);
  const first = Math.ceil(fromSeconds / step);
  const last = Math.floor(toSeconds / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toFixed(3)),
  );
}

/** The smallest of 1, 2 or 5 times a power of ten that is not below `least`, from a hundredth of a second on. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 0.01)));
  const factor = [1, 2, 5].find((each) => each * power >= least * 0.999) ?? 10;
  return factor * power;
}

/** Never empty, whatever a broken record says. */
function ordered({ fromSeconds, toSeconds }: TimeWindow): TimeWindow {
  return { fromSeconds, toSeconds: Math.max(toSeconds, fromSeconds + 0.1) };
}
