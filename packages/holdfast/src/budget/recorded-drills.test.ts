import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { budget } from './budget.ts';
import { site } from './site.fixture.ts';

/** The drills of docs/benchmarks.md in containers. Of the older fifty only the middle and the slowest of each fault were kept. */
const failoverDrills = read('failover.json', {
  comparisons: z.array(
    z.object({
      fault: z.string(),
      holdfast: z.object({ runs: z.int(), medianSeconds: z.number(), maxSeconds: z.number() }),
    }),
  ),
}).comparisons.map(({ fault, holdfast }) => ({ fault, ...holdfast }));
/** Null in the list: nothing was to come back by itself. */
const faults = z.array(
  z.object({
    fault: z.string(),
    rtoSeconds: z.array(z.number().nullable()),
    medianSeconds: z.number().nullable(),
    budgetSeconds: z.number().nullable(),
  }),
);
const catalogue = read('catalogue-containers.json', { faults }).faults;
/** Of emulated machines, each beside the budget of the site as it was then. */
const onMachines = ['vm-catalogue-2.json', 'vm-power-cuts.json'].flatMap((name) => read(name, { faults }).faults);

/** The lab's site as it was drilled (lab/site-folder.ts). */
const [ledger] = site.workloads;
const budgets: Partial<Record<string, { readonly seconds: number }>> = budget({
  ...site,
  workloads: [
    {
      ...ledger,
      stopTimeoutMs: 3_000,
      probe: { kind: 'http', url: 'http://127.0.0.1:8080/health', intervalMs: 2_000, timeoutMs: 2_000 },
    },
  ],
  reach: ['10.77.1.1'],
});
const likeNetworkCut: readonly string[] = ['asymmetric-cut', 'lossy-network'];

/** What clients did not feel has no middle to be compared with. */
const feltSeconds = 0.3;

describe('The budget beside the recorded drills', () => {
  it('has drills of every fault that the bench does', () => {
    const benched = ['network-cut', 'planned-move', 'power-cut', 'process-crash', 'process-hang'];
    expect(failoverDrills.map(({ fault }) => fault).toSorted()).toEqual(benched);
  });

  const drilled = catalogue.flatMap(({ fault, rtoSeconds, medianSeconds }) => {
    const seconds = budgetOf(fault);
    const rtos = rtoSeconds.filter((rto) => rto !== null);
    // The budget of a blackout counts from the boot of the last machine, a drill from its end.
    return fault === 'blackout' || seconds === undefined || medianSeconds === null
      ? []
      : [{ fault, seconds, rtos, medianSeconds }];
  });
  const felt = drilled.filter(({ medianSeconds }) => medianSeconds > feltSeconds);

  it('is that which the published table shows', () => {
    const shown = catalogue.filter(({ budgetSeconds }) => budgetSeconds !== null);
    expect(shown.length).toBeGreaterThan(10);
    for (const { fault, budgetSeconds } of shown) {
      if (budgetOf(fault) !== undefined) expect([fault, budgetSeconds]).toEqual([fault, budgetOf(fault)]);
    }
  });

  it.each(felt)('is at most three times the median of $fault', ({ seconds, medianSeconds }) => {
    expect(isAtMostThrice(seconds, medianSeconds)).toBe(true);
  });

  it.each(failoverDrills)('is at most three times the median of $fault in the failover drills', (drills) => {
    expect(isAtMostThrice(budgetOf(drills.fault), drills.medianSeconds)).toBe(true);
  });

  it('holds in 99 of 100 drills', () => {
    const machines = onMachines.flatMap(({ fault, budgetSeconds: seconds, rtoSeconds }) =>
      seconds === null || fault === 'blackout' ? [] : [{ seconds, rtos: rtoSeconds.filter((rto) => rto !== null) }],
    );
    // Of the others nobody kept how long they took: they count for nothing.
    const slowest = failoverDrills.map(({ fault, maxSeconds }) => ({
      seconds: budgetOf(fault) ?? 0,
      rtos: [maxSeconds],
    }));
    const all = [...drilled, ...machines, ...slowest];
    expect(all.flatMap(({ rtos }) => rtos).length).toBeGreaterThanOrEqual(100);
    expect(shareHeld(all)).toBeGreaterThanOrEqual(0.99);
  });

  it('is at most three times the median of the power cuts on virtual machines', () => {
    const cuts = onMachines.filter(({ fault, rtoSeconds }) => fault === 'power-cut' && rtoSeconds.length >= 30);
    expect(cuts).toHaveLength(1);
    for (const { budgetSeconds, medianSeconds } of cuts) {
      expect(isAtMostThrice(budgetSeconds ?? undefined, medianSeconds ?? 0)).toBe(true);
    }
  });

  it('would be found too short, and too long', () => {
    const drills = (seconds: number) => [{ seconds, rtos: [3, 5] }];
    expect([shareHeld(drills(4.9)), shareHeld(drills(5))]).toEqual([0.5, 1]);
    expect([isAtMostThrice(9, 3), isAtMostThrice(9.1, 3), isAtMostThrice(undefined, 3)]).toEqual([true, false, false]);
  });
});

/** Of all drills, how many took no longer than their budget. */
function shareHeld(drills: readonly { readonly seconds: number; readonly rtos: readonly number[] }[]): number {
  const held = drills.flatMap(({ seconds, rtos }) => rtos.map((rto) => rto <= seconds));
  return held.filter((each) => each).length / held.length;
}

function isAtMostThrice(seconds: number | undefined, medianSeconds: number): boolean {
  return seconds !== undefined && seconds <= 3 * medianSeconds;
}

function budgetOf(fault: string): number | undefined {
  return budgets[likeNetworkCut.includes(fault) ? 'network-cut' : fault]?.seconds;
}

function read<Shape extends z.ZodRawShape>(name: string, shape: Shape) {
  const file = new URL(`../../../../bench/results/${name}`, import.meta.url);
  return z.object(shape).parse(JSON.parse(readFileSync(file, 'utf8')));
}
