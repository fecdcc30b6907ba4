import fc from 'fast-check';
import { expect, test } from 'vitest';
import { neverBack, notKnown, sampleDrill, sampleReport } from '../../test/report/sample-report.ts';
import { percentile, summarise, worstOf } from './summary.ts';

test('a percentile is one of the values, and at least that share of them does not exceed it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const sorted = values.toSorted((a, b) => a - b);
      const found = percentile(sorted, percent);
      expect(sorted).toContain(found);
      expect(sorted.filter((each) => each <= found).length).toBeGreaterThanOrEqual((percent / 100) * sorted.length);
      expect(sorted.filter((each) => each < found).length).toBeLessThan((percent / 100) * sorted.length);
    }),
  );
});

test('a drill that never came back is slower than every one that did, and one that cannot say counts as slowest', () => {
  const times = [1, 2, 3].map((rtoSeconds) => sampleDrill('power-cut', 1, { rtoSeconds }));
  const [never] = summarise(sampleReport([...times, neverBack(1)]));
  expect(never).toMatchObject({ median: 2, max: 'never', outcome: 'fail', passed: 3, failed: 1 });
  const silent = sampleDrill('power-cut', 1, { rtoSeconds: null, outcome: 'unknown' });
  const [unknown] = summarise(sampleReport([...times, silent]));
  expect(unknown).toMatchObject({ median: 2, max: 'unknown', outcome: 'unknown' });
});

test('a drill that was to be out until it was healed, and was back then, is not called one that never came back', () => {
  const out = { expected: 'refused', rtoSeconds: null, outcome: 'fail' } as const;
  const [back] = summarise(sampleReport([sampleDrill('power-cut', 1, { ...out, afterHealingSeconds: 4 })]));
  expect(back).toMatchObject({ max: 'not-meant', outcome: 'fail' });
  const [never] = summarise(sampleReport([sampleDrill('power-cut', 1, out)]));
  expect(never).toMatchObject({ max: 'never', outcome: 'fail' });
});

test('a count that one drill could not make is not summed up to nothing', () => {
  const [summary] = summarise(sampleReport([sampleDrill('power-cut', 1), sampleDrill('power-cut', 2, { lost: null })]));
  expect(summary?.lost).toEqual({ counted: 0, drillsUnknown: 1 });
});

test('the drill to look at first is a failed one, then one that is not known, then the slowest', () => {
  const [quick, slow] = [
    sampleDrill('power-cut', 1, { rtoSeconds: 1 }),
    sampleDrill('power-cut', 2, { rtoSeconds: 9 }),
  ];
  const failed = sampleDrill('power-cut', 3, { rtoSeconds: 0.5, outcome: 'fail' });
  expect(worstOf([quick, slow])).toBe(slow);
  const unknown = notKnown(1);
  expect(worstOf([slow, unknown])).toBe(unknown);
  expect(worstOf([slow, unknown, failed])).toBe(failed);
  expect(worstOf([])).toBeUndefined();
});
