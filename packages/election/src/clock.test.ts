import { expect, test } from 'vitest';
import { machineClock, type Readings } from './clock.ts';

function scripted(...readings: readonly Readings[]) {
  let at = 0;
  const clock = machineClock(() => {
    const next = readings[at];
    at += 1;
    if (next === undefined) throw new Error('no more readings');
    return next;
  });
  return () => {
    const { leastMs, mostMs } = clock();
    return [leastMs, mostMs];
  };
}

const day = 86_400_000;

test('while nothing special happens both clocks agree', () => {
  const now = scripted(
    { monotonicMs: 0, wallMs: day, bootMs: 0 },
    { monotonicMs: 100.4, wallMs: day + 101, bootMs: 110 },
    { monotonicMs: 900.7, wallMs: day + 905, bootMs: 900 },
  );
  expect([now(), now()]).toEqual([
    [100.4, 100.4],
    [900.7, 900.7],
  ]);
});

test('time asleep counts as time that may have passed, and as none that surely has', () => {
  const now = scripted(
    { monotonicMs: 0, wallMs: day, bootMs: 0 },
    { monotonicMs: 10, wallMs: day + 5010, bootMs: 5010 },
    { monotonicMs: 20, wallMs: day + 5020, bootMs: 5020 },
  );
  expect([now(), now()]).toEqual([
    [10, 5010],
    [20, 5020],
  ]);
});

test('sleep is noticed though the wall clock was set back meanwhile', () => {
  const now = scripted({ monotonicMs: 0, wallMs: day, bootMs: 0 }, { monotonicMs: 10, wallMs: 0, bootMs: 5010 });
  expect(now()).toEqual([10, 5010]);
});

test('a wall clock that leaps ahead ends terms early, one that leaps back changes nothing', () => {
  const now = scripted(
    { monotonicMs: 0, wallMs: day, bootMs: 0 },
    { monotonicMs: 10, wallMs: 2 * day, bootMs: 10 },
    { monotonicMs: 20, wallMs: 0, bootMs: 20 },
  );
  expect([now(), now()]).toEqual([
    [10, day],
    [20, day + 10],
  ]);
});
