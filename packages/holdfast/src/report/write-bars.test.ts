import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Timeline } from '../drill/index.ts';
import { silenceOf } from './time-window.ts';
import { writeBars } from './write-bars.ts';

const window = { fromSeconds: -2, toSeconds: 8 };
const nodes = ['alpha', 'bravo'];

const timelines = (minLength: number) =>
  fc
    .array(
      fc.record({
        // Never on the border of a bin.
        atSeconds: fc.integer({ min: -1000, max: 6500 }).map((ms) => (ms + 0.5) / 1000),
        fate: fc.constantFrom('alpha', 'bravo', 'none'),
      }),
      { minLength, maxLength: 300, size: 'max' },
    )
    .map((writes) => timeline(writes));

test('every write is in exactly one bar of the node that answered it', () => {
  fc.assert(
    fc.property(timelines(0), fc.integer({ min: 20, max: 400 }), (time, places) => {
      const { bars } = writeBars(time, nodes, window, places);
      for (const node of [0, 1, -1]) {
        const inBars = bars.filter((bar) => bar.node === node).reduce((sum, { count }) => sum + count, 0);
        const written = time.operations.filter((each) => nodes.indexOf(each.node ?? '') === node).length;
        expect(inBars).toBe(written);
      }
    }),
  );
});

test('a bar that counts several writes stands where they were', () => {
  fc.assert(
    fc.property(timelines(6), (time) => {
      const { bars } = writeBars(time, nodes, window, 5);
      for (const { fromSeconds, toSeconds, node, count } of bars) {
        const end = fromSeconds + (toSeconds - fromSeconds) / 0.85;
        const there = time.operations.filter(({ atSeconds }) => atSeconds >= fromSeconds && atSeconds < end);
        expect(there.filter((each) => nodes.indexOf(each.node ?? '') === node).length).toBe(count);
      }
    }),
  );
});

test('no bar is higher than the highest, and none spans the fault', () => {
  fc.assert(
    fc.property(timelines(21), (time) => {
      const { bars, most } = writeBars(time, nodes, window, 20);
      for (const bar of bars) {
        expect(bar.count + bar.below).toBeLessThanOrEqual(most);
        expect(bar.fromSeconds >= 0 || bar.toSeconds <= 0).toBe(true);
      }
    }),
  );
});

test('the silence is the longest time after the fault without an answer', () => {
  const ok = (...times: number[]) => timeline(times.map((atSeconds) => ({ atSeconds, fate: 'alpha' })));
  expect(silenceOf(ok(-1, -0.1, 3, 3.1, 4))).toEqual({ fromSeconds: 0, toSeconds: 3 });
  expect(silenceOf(ok(-1, 0.5, 0.6, 2, 2.1))).toEqual({ fromSeconds: 0.6, toSeconds: 2 });
  expect(silenceOf(ok(-1))).toEqual({ fromSeconds: 0, toSeconds: 8 });
});

function timeline(writes: readonly { readonly atSeconds: number; readonly fate: string }[]): Timeline {
  return {
    ...window,
    spans: [],
    operations: writes.map(({ atSeconds, fate }) =>
      fate === 'none'
        ? { atSeconds, latencyMs: null, result: 'unknown' }
        : { atSeconds, latencyMs: 5, result: 'ok', node: fate },
    ),
  };
}
