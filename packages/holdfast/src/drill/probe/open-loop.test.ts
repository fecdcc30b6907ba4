import { expect, test } from 'vitest';
import type { Clock } from '../../core/index.ts';
import { runOpenLoop } from './open-loop.ts';

test('keeps sending at its rate while nothing is answered, up to its bound, and counts what it skips', async () => {
  const clock = virtualClock();
  const stop = new AbortController();
  const answers: (() => void)[] = [];
  const loop = runOpenLoop({
    clock,
    ratePerSecond: 50,
    maxInFlight: 10,
    signal: stop.signal,
    send: () => new Promise((resolve) => answers.push(resolve)),
  });
  await clock.advanceTo(990);
  stop.abort(new Error('over'));
  for (const answer of answers) answer();
  expect(await loop).toEqual({ skipped: 40 });
  expect(answers).toHaveLength(10);
});

test('gives each late write its own intended time, so that a stall of the client cannot hide', async () => {
  const clock = virtualClock();
  const stop = new AbortController();
  const sent: { atMs: number; intendedAtMs: number }[] = [];
  const loop = runOpenLoop({
    clock,
    ratePerSecond: 50,
    maxInFlight: 100,
    signal: stop.signal,
    send: async (_index, intendedAtMs) => {
      sent.push({ atMs: clock.now(), intendedAtMs });
    },
  });
  await clock.jumpTo(100);
  stop.abort(new Error('over'));
  await loop;
  expect(sent.map((each) => each.intendedAtMs)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(sent.slice(1).every((each) => each.atMs === 100)).toBe(true);
});

test('does not end before the last answer', async () => {
  const clock = virtualClock();
  const stop = new AbortController();
  let answer = () => {};
  let ended = false;
  const loop = runOpenLoop({
    clock,
    ratePerSecond: 1,
    maxInFlight: 1,
    signal: stop.signal,
    send: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  }).then(() => {
    ended = true;
  });
  stop.abort(new Error('over'));
  await settle();
  expect(ended).toBe(false);
  answer();
  await loop;
  expect(ended).toBe(true);
});

interface VirtualClock extends Clock {
  /** Time passes in steps of 1 ms. */
  advanceTo(ms: number): Promise<void>;
  /** Time passes at once, as after a stall. */
  jumpTo(ms: number): Promise<void>;
}

function virtualClock(): VirtualClock {
  let nowMs = 0;
  const sleepers = new Set<{ untilMs: number; wake: () => void }>();
  const jumpTo = async (ms: number) => {
    nowMs = ms;
    for (const sleeper of sleepers) {
      if (sleeper.untilMs > nowMs) continue;
      sleepers.delete(sleeper);
      sleeper.wake();
    }
    await settle();
  };
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.add({ untilMs: nowMs + ms, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    jumpTo,
    async advanceTo(ms) {
      while (nowMs < ms) await jumpTo(nowMs + 1);
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}
