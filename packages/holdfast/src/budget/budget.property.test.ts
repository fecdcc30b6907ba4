import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Site } from '../site/index.ts';
import { budget } from './budget.ts';
import { checkObjectives } from './check-objectives.ts';
import { entriesOf, promisedFaults } from './faults.ts';
import { improve } from './improve.ts';
import { bmc, fenced, site, watchdog, withoutWitness } from './site.fixture.ts';

const ms = (least: number, most: number) => fc.integer({ min: least / 100, max: most / 100 }).map((each) => each * 100);

const workload = fc
  .record({ probeMs: ms(1_000, 30_000), everyMs: ms(500, 60_000), moreMs: ms(100, 60_000), index: fc.nat({ max: 9 }) })
  .map(({ probeMs, everyMs, moreMs, index }) => ({
    ...site.workloads[0],
    name: `work${index}`,
    stopTimeoutMs: probeMs + moreMs,
    probe: { kind: 'tcp', host: '127.0.0.1', port: 1, intervalMs: everyMs, timeoutMs: probeMs } as const,
  }));

const timing = fc
  .record({ tokenMs: ms(300, 20_000), slackMs: ms(0, 5_000), migrationThreshold: fc.integer({ min: 1, max: 9 }) })
  .map(({ tokenMs, slackMs, migrationThreshold }) => ({
    ...site.timing,
    tokenMs,
    consensusMs: (tokenMs * 12) / 10 + slackMs,
    migrationThreshold,
  }));

const levels = fc.constantFrom([bmc], [bmc, watchdog], [watchdog], [{ ...bmc, power: 'shared' } as const, watchdog]);
const qnetd = { kind: 'qnetd', name: 'q', ssh: 'q', sudo: false, address: '10.0.0.9' } as const;

const anySite: fc.Arbitrary<Site> = fc
  .record({
    base: fc.constantFrom(site, withoutWitness, { ...withoutWitness, witness: qnetd }),
    timing,
    levels,
    workloads: fc.tuple(workload, fc.array(workload, { maxLength: 3 })),
    rtoMs: ms(1_000, 120_000),
  })
  .map(({ base, timing, levels, workloads: [first, others], rtoMs }) => ({
    ...base,
    timing,
    objectives: { rtoMs, rpoMs: 0 },
    nodes: [fenced('alpha', ...levels), fenced('bravo', ...levels)],
    workloads: [first, ...others.map((each, index) => ({ ...each, name: `other${index}` }))],
  }));

/** The seconds of each fault never fall from one site to the other. */
function neverShorter(before: Site, after: Site): void {
  const longer = budget(after);
  for (const [fault, { seconds }] of entriesOf(budget(before))) {
    expect([fault, (longer[fault]?.seconds ?? Number.NaN) >= seconds]).toEqual([fault, true]);
  }
}

describe('Whatever the site', () => {
  it('a longer token makes no budget shorter', () => {
    fc.assert(
      fc.property(anySite, ms(100, 10_000), (of, moreMs) => {
        const tokenMs = of.timing.tokenMs + moreMs;
        neverShorter(of, {
          ...of,
          timing: { ...of.timing, tokenMs, consensusMs: of.timing.consensusMs + (moreMs * 12) / 10 },
        });
      }),
    );
  });

  it('a slower probe, a longer stop and more patience with crashes make no budget shorter', () => {
    fc.assert(
      fc.property(anySite, ms(100, 10_000), (of, moreMs) => {
        const [first, ...others] = of.workloads;
        const { probe } = first;
        const slower = {
          ...first,
          stopTimeoutMs: first.stopTimeoutMs + moreMs,
          ...(probe === undefined ? {} : { probe: { ...probe, intervalMs: probe.intervalMs + moreMs } }),
        };
        neverShorter(of, { ...of, workloads: [slower, ...others] });
        neverShorter(of, { ...of, timing: { ...of.timing, migrationThreshold: of.timing.migrationThreshold + 1 } });
      }),
    );
  });

  it('another workload makes no budget shorter', () => {
    fc.assert(
      fc.property(anySite, workload, (of, added) => {
        neverShorter(of, { ...of, workloads: [...of.workloads, { ...added, name: 'added' }] });
      }),
    );
  });

  it('seconds are the sum of terms that are never negative', () => {
    fc.assert(
      fc.property(anySite, (of) => {
        for (const [, { seconds, terms, endsWhen }] of entriesOf(budget(of))) {
          if (endsWhen !== undefined) continue;
          expect(terms.every((term) => term.seconds >= 0)).toBe(true);
          expect(seconds).toBeCloseTo(
            terms.reduce((sum, term) => sum + term.seconds, 0),
            2,
          );
        }
      }),
    );
  });

  it('a change that is said to meet the objective does, and the least that is named is no more than now', () => {
    fc.assert(
      fc.property(anySite, (of) => {
        const now = promisedFaults(budget(of))[0]?.[1].seconds ?? 0;
        const { kind, seconds } = improve(of);
        expect(checkObjectives(of).length).toBe(now * 1000 > of.objectives.rtoMs ? 1 : 0);
        if (kind === 'meets') expect(seconds * 1000).toBeLessThanOrEqual(of.objectives.rtoMs);
        else expect(seconds).toBeLessThanOrEqual(now);
      }),
      { numRuns: 15 },
    );
  });
});
