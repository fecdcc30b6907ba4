import { expect, test } from 'vitest';
import type { Clock } from '../core/index.ts';
import { usualPace } from './options.ts';
import type { Operation } from './types.ts';
import { steadyServer, untilRecovered } from './watch.ts';

const pace = { ...usualPace, steadyMs: 1000, ratePerSecond: 50, longestWriteMs: 200 };

test('is steady when one incarnation answered everything that must have its answer by now', () => {
  expect(steadyServer(writes(0, 2000), 2000, pace)).toEqual({ node: 'alpha', start: 1 });
});

test('is not steady while a write is without an answer or another incarnation answers', () => {
  const broken = writes(0, 2000).map((each) => (each.intendedAtMs === 1500 ? { ...each, servedBy: undefined } : each));
  expect(steadyServer(broken.map(withoutUndefined), 2000, pace)).toBeUndefined();
  const changed = [...writes(0, 1400), ...writes(1400, 2000, 'bravo')];
  expect(steadyServer(changed, 2000, pace)).toBeUndefined();
});

test('is not steady when writes that were due have not been answered at all', () => {
  expect(steadyServer(writes(0, 1000), 2000, pace)).toBeUndefined();
});

test('does not wait for writes that are still under way', () => {
  const underWay = writes(0, 2000).filter(({ intendedAtMs }) => intendedAtMs < 1850);
  expect(steadyServer(underWay, 2000, pace)).toEqual({ node: 'alpha', start: 1 });
});

test('watches a fault that may show late until it has shown, and counts the outage from its own beginning', async () => {
  const { operations, clock } = servedUntil(9000);
  const never = new AbortController().signal;
  const early = await untilRecovered(operations, 1000, clock, pace, never);
  expect(early).toMatchObject({ rtoSeconds: 0, interrupted: false });
  const late = await untilRecovered(operations, 1000, clock, pace, never, { showsWithinMs: 7500 });
  expect(late).toMatchObject({ interrupted: true, overAtSeconds: 10.005, after: { node: 'bravo' } });
  expect(late.rtoSeconds).toBeCloseTo(2.02, 3);
});

test('does not call service uninterrupted before the budget of the fault is over: who lost the cluster serves until it is fenced', async () => {
  const { operations, clock } = servedUntil(9000);
  const never = new AbortController().signal;
  const fenced = await untilRecovered(operations, 1000, clock, pace, never, {}, 12);
  expect(fenced).toMatchObject({ interrupted: true, after: { node: 'bravo' } });
  expect(fenced.rtoSeconds).toBeCloseTo(10.005, 3);
});

/** Alpha serves until `endMs`, and bravo from two seconds later on; time passes while somebody sleeps. */
function servedUntil(endMs: number) {
  const operations: Operation[] = [];
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    async sleep(ms) {
      const fromMs = nowMs;
      nowMs += Math.max(ms, 20);
      for (let atMs = Math.ceil(fromMs / 20) * 20; atMs < nowMs; atMs += 20) {
        if (atMs >= endMs && atMs < endMs + 2000) {
          operations.push({ key: `${atMs}`, intendedAtMs: atMs, invokedAtMs: atMs, result: 'unknown' });
        } else operations.push(...writes(atMs, atMs + 20, atMs < endMs ? 'alpha' : 'bravo'));
      }
    },
  };
  return { operations, clock };
}

function writes(fromMs: number, toMs: number, node = 'alpha'): Operation[] {
  return Array.from({ length: (toMs - fromMs) / 20 }, (_, index) => {
    const atMs = fromMs + index * 20;
    const servedBy = { node, start: 1 };
    return { key: `${atMs}`, intendedAtMs: atMs, invokedAtMs: atMs, completedAtMs: atMs + 5, result: 'ok', servedBy };
  });
}

function withoutUndefined({
  servedBy,
  ...rest
}: Omit<Operation, 'servedBy'> & { servedBy?: Operation['servedBy'] | undefined }) {
  return servedBy === undefined ? { ...rest, result: 'unknown' as const } : { ...rest, servedBy };
}
