import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paceFor, usualPace } from './options.ts';

test('waits longer than the objective before it heals, and the dead-man waits longer still', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_600_000 }), (rtoMs) => {
      const { outageLimitMs, deadManMs } = paceFor({ objectives: { rtoMs, rpoMs: 0 } });
      expect(outageLimitMs).toBeGreaterThan(rtoMs);
      expect(deadManMs).toBeGreaterThan(outageLimitMs);
    }),
  );
});

test('is the usual pace for a site that promises seconds', () => {
  expect(paceFor({ objectives: { rtoMs: 10_000, rpoMs: 0 } })).toEqual(usualPace);
  expect(paceFor({ objectives: { rtoMs: 120_000, rpoMs: 0 } }).outageLimitMs).toBe(150_000);
});
