import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lag } from './lag.ts';

test('quantiles are those of all that was added, within 7 %', () => {
  const each = fc.array(fc.integer({ min: 0, max: 2 ** 31 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(each, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
      const distribution = lag();
      for (const value of values) distribution.add(value);
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil(q * values.length) - 1)] ?? Number.NaN;
      expect(distribution.quantile(q)).toBeGreaterThanOrEqual(Math.floor(exact * 0.93));
      expect(distribution.quantile(q)).toBeLessThanOrEqual(exact * 1.001);
      expect(distribution.maxMs).toBe(sorted.at(-1));
    }),
  );
});

test('of nothing all quantiles are 0', () => {
  expect(lag().quantile(0.99)).toBe(0);
});
