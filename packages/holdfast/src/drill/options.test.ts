import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientLimitsFor, paceFor, usualPace } from './options.ts';

test('waits longer than the objective before it heals, and the dead-man waits longer still', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_600_000 }), (rtoMs) => {
      const { outageLimitMs, refusedForMs, deadManMs } = paceFor(promising(rtoMs));
      expect(outageLimitMs).toBeGreaterThan(rtoMs);
      expect(deadManMs).toBeGreaterThan(Math.max(outageLimitMs, refusedForMs));
    }),
  );
});

test('is the usual pace for a site that promises seconds', () => {
  expect(paceFor(promising(10_000))).toEqual(usualPace);
  expect(paceFor(promising(120_000)).outageLimitMs).toBe(150_000);
});

test('waits for slow machines as much longer as their token is, and writes at the rate that the site names', () => {
  const slow = promising(10_000, 5_000, 8);
  expect(clientLimitsFor(slow)).toEqual({ connectTimeoutMs: 1_250, answerTimeoutMs: 5_000 });
  expect(paceFor(slow)).toMatchObject({
    ratePerSecond: 8,
    longestWriteMs: 6_250,
    readyLimitMs: 900_000,
    pollEveryMs: 2_500,
    steadyMs: 2_000,
  });
});

function promising(rtoMs: number, tokenMs = 1_000, rate = 50) {
  return {
    objectives: { rtoMs, rpoMs: 0 },
    timing: {
      profile: 'custom',
      tokenMs,
      consensusMs: 1.2 * tokenMs,
      migrationThreshold: 3,
      failureTimeoutMs: 120_000,
      slowness: 1,
    },
    drill: { lab: true, target: { kind: 'ledger', port: 8080, rate } },
  } as const;
}
