import type { RunInterval } from './evidence/activity.ts';
import type { Operation, Timeline } from './types.ts';

export interface TimelineInput {
  readonly operations: readonly Operation[];
  readonly faultAtMs: number;
  readonly rtoSeconds: number | null;
  /** When the outage was over; null: it was not. */
  readonly overAtSeconds: number | null;
  readonly intervals: readonly RunInterval[];
}

const beforeSeconds = 2;
const afterSeconds = 3;
const binSeconds = 0.05;

/** What the picture of one drill shows: from shortly before the fault to shortly after the outage. */
export function timelineOf(input: TimelineInput): Timeline {
  const { operations, faultAtMs, rtoSeconds, overAtSeconds, intervals } = input;
  const seconds = (ms: number) => Math.round(ms - faultAtMs) / 1000;
  const lastSeconds = Math.max(0, ...operations.map(({ intendedAtMs }) => seconds(intendedAtMs)));
  const fromSeconds = -beforeSeconds;
  const toSeconds = Math.min(lastSeconds, (overAtSeconds ?? lastSeconds) + afterSeconds);
  const clip = (at: number) => Math.min(toSeconds, Math.max(fromSeconds, at));
  const isSeen = (span: { fromSeconds: number; toSeconds: number }) =>
    span.toSeconds > fromSeconds && span.fromSeconds < toSeconds;
  const runs = intervals.map((each) => ({
    lane: each.node,
    label: 'active',
    fromSeconds: seconds(each.from.latestMs),
    toSeconds: seconds(each.to.latestMs),
  }));
  const outage = {
    lane: 'clients',
    label: 'no answer',
    fromSeconds: overAtSeconds === null || rtoSeconds === null ? 0 : overAtSeconds - rtoSeconds,
    toSeconds: overAtSeconds ?? toSeconds,
  };
  return {
    fromSeconds,
    toSeconds,
    operations: binned(
      operations
        .map((each) => ({
          atSeconds: seconds(each.intendedAtMs),
          latencyMs: each.completedAtMs === undefined ? null : Math.round(each.completedAtMs - each.intendedAtMs),
          result: each.result,
          ...(each.servedBy && { node: each.servedBy.node }),
        }))
        .filter(({ atSeconds }) => atSeconds >= fromSeconds && atSeconds <= toSeconds),
    ),
    spans: [...runs, ...(rtoSeconds === 0 ? [] : [outage])]
      .filter(isSeen)
      .map((span) => ({ ...span, fromSeconds: clip(span.fromSeconds), toSeconds: clip(span.toSeconds) })),
  };
}

/** Of writes alike (same 50 ms, same result, same node) the slowest stands for all. */
function binned(operations: Timeline['operations']): Timeline['operations'] {
  const kept = new Map<string, Timeline['operations'][number]>();
  for (const each of operations) {
    const key = `${Math.floor(each.atSeconds / binSeconds)} ${each.result} ${each.node ?? ''}`;
    const known = kept.get(key);
    if (known === undefined || (each.latencyMs ?? 0) > (known.latencyMs ?? 0)) kept.set(key, each);
  }
  return [...kept.values()].sort((a, b) => a.atSeconds - b.atSeconds);
}
