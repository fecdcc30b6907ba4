import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { budget } from './budget.ts';
import { site } from './site.fixture.ts';

const faultNames = ['process-crash', 'process-hang', 'planned-move', 'power-cut', 'network-cut'] as const;
const resultsFile = new URL('../../../../bench/results/failover.json', import.meta.url);
const results = z.object({
  comparisons: z.array(
    z.object({
      fault: z.enum(faultNames),
      holdfast: z.object({ runs: z.int(), medianSeconds: z.number(), maxSeconds: z.number() }),
    }),
  ),
});

interface Recorded {
  readonly medianSeconds: number;
  readonly maxSeconds: number;
}

/** The drills of docs/benchmarks.md: ten of each fault, and ten more power cuts in a second run. */
const recorded = [
  ...results
    .parse(JSON.parse(readFileSync(resultsFile, 'utf8')))
    .comparisons.map(({ fault, holdfast }) => [fault, holdfast] as const),
  ['power-cut', { medianSeconds: 3.26, maxSeconds: 3.38 }] as const,
];

/** The lab's site as it was drilled (lab/site-folder.ts). */
const [ledger] = site.workloads;
const labSite = {
  ...site,
  workloads: [
    {
      ...ledger,
      stopTimeoutMs: 3_000,
      probe: { kind: 'http', url: 'http://127.0.0.1:8080/health', intervalMs: 2_000, timeoutMs: 2_000 },
    },
  ],
} as const;

describe('The budget beside the recorded drills', () => {
  it('has drills of every fault that the bench does', () => {
    expect([...new Set(recorded.map(([fault]) => fault))].toSorted()).toEqual([...faultNames].toSorted());
  });

  // The most of ten or twenty is a harder test than 99 of 100.
  it.each(recorded)('is longer than any %s, and at most three times the median', (fault, drills) => {
    expect(judge(budget(labSite)[fault].seconds, drills)).toBe('holds');
  });

  it('would be found too short, and too long', () => {
    const drills = { medianSeconds: 3, maxSeconds: 5 };
    expect([judge(4.9, drills), judge(9, drills), judge(9.1, drills)]).toEqual(['too short', 'holds', 'too long']);
  });
});

function judge(seconds: number, { medianSeconds, maxSeconds }: Recorded): 'holds' | 'too short' | 'too long' {
  if (seconds < maxSeconds) return 'too short';
  return seconds <= 3 * medianSeconds ? 'holds' : 'too long';
}
