import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunInterval } from './activity.ts';
import { judgeTwoActive, type Sample, type TwoActiveEvidence } from './two-active.ts';

describe('judgeTwoActive', () => {
  test('is sure of a clean handover', () => {
    expect(judge([run('alpha', 0, 100)], [run('bravo', 101, 900)]).twoActive).toBe(false);
  });

  test('is sure when both certainly ran', () => {
    const finding = judge([run('alpha', 0, 600)], [run('bravo', 101, 900)]);
    expect(finding.twoActive).toBe(true);
    expect(finding.because).toContain('0.50 s');
  });

  test('does not know when they only may have', () => {
    const uncertain = { node: 'alpha', from: at(0), to: { earliestMs: 100, latestMs: 600 } };
    expect(judge([uncertain], [run('bravo', 300, 900)]).twoActive).toBeNull();
  });

  test('does not know when the journal of one node is missing, however well the other looks', () => {
    const finding = judge(undefined, [run('bravo', 300, 900)]);
    expect(finding).toEqual({
      twoActive: null,
      because: 'the journal of alpha does not tell when it had the workload ledger',
    });
  });

  test('is sure only when it is sure of every thing, and says which one it is not sure of', () => {
    const workload = { words: 'the workload ledger', intervals: handover([run('bravo', 101, 900)]) };
    const uncertain = { node: 'bravo', from: { earliestMs: 50, latestMs: 120 }, to: at(900) };
    const finding = (ofBravo: readonly RunInterval[] | undefined) => {
      const state = { words: 'the state mounted', intervals: handover(ofBravo) };
      return judgeTwoActive({ things: [workload, state], samples: [], clockToleranceMs: 0 });
    };
    expect(finding([run('bravo', 101, 900)]).twoActive).toBe(false);
    expect(finding([uncertain])).toEqual({
      twoActive: null,
      because: 'alpha and bravo may both have had the state mounted for up to 0.05 s',
    });
    expect(finding(undefined).because).toBe('the journal of bravo does not tell when it had the state mounted');
    expect(finding([run('bravo', 20, 900)])).toMatchObject({ twoActive: true });
  });

  test('believes two incarnations that answered in turns over any journal', () => {
    const finding = judge([run('alpha', 0, 100)], [run('bravo', 101, 900)], { interleaved: 'they took turns' });
    expect(finding).toEqual({ twoActive: true, because: 'they took turns' });
  });

  test.each(['running', 'stateMounted', 'addressPresent'] as const)(
    'believes samples in which both have it: %s',
    (key) => {
      const samples = [0, 200, 400].flatMap((atMs) => [
        { ...nothing, node: 'alpha', atMs, [key]: true },
        { ...nothing, node: 'bravo', atMs: atMs + 50, [key]: true },
      ]);
      expect(judge([run('alpha', 0, 100)], [run('bravo', 101, 900)], { samples }).twoActive).toBe(true);
    },
  );

  test('proves nothing from samples with a gap between them', () => {
    const samples = [
      { ...nothing, node: 'alpha', atMs: 0, running: true },
      { ...nothing, node: 'bravo', atMs: 1000, running: true },
      { ...nothing, node: 'bravo', atMs: 1200, running: true },
      { ...nothing, node: 'alpha', atMs: 2000, running: true },
    ];
    expect(judge([run('alpha', 0, 100)], [run('bravo', 101, 900)], { samples }).twoActive).toBe(false);
  });

  test('does not judge more finely than the clocks agree', () => {
    const clocks = { clockToleranceMs: 20 };
    expect(judge([run('alpha', 0, 110)], [run('bravo', 100, 900)], clocks).twoActive).toBeNull();
    expect(judge([run('alpha', 0, 100)], [run('bravo', 110, 900)], clocks).twoActive).toBeNull();
    expect(judge([run('alpha', 0, 100)], [run('bravo', 130, 900)], clocks).twoActive).toBe(false);
    expect(judge([run('alpha', 0, 130)], [run('bravo', 100, 900)], clocks).twoActive).toBe(true);
  });

  test('never says false when two runs overlap, and never true when they do not', () => {
    const interval = fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 1000 }));
    fc.assert(
      fc.property(interval, interval, ([fromA, lengthA], [fromB, lengthB]) => {
        const a = run('alpha', fromA, fromA + lengthA);
        const b = run('bravo', fromB, fromB + lengthB);
        const overlapMs = Math.min(fromA + lengthA, fromB + lengthB) - Math.max(fromA, fromB);
        const { twoActive } = judge([a], [b]);
        expect(twoActive).toBe(overlapMs > 0 ? true : overlapMs === 0 ? twoActive : false);
      }),
    );
  });
});

const nothing = { running: false, stateMounted: false, addressPresent: false } satisfies Partial<Sample>;

function judge(
  alpha: readonly RunInterval[] | undefined,
  bravo: readonly RunInterval[] | undefined,
  parts: Partial<TwoActiveEvidence> = {},
) {
  const intervals = new Map([
    ['alpha', alpha],
    ['bravo', bravo],
  ]);
  const things = [{ words: 'the workload ledger', intervals }];
  return judgeTwoActive({ things, samples: [], clockToleranceMs: 0, ...parts });
}

function handover(ofBravo: readonly RunInterval[] | undefined) {
  return new Map([
    ['alpha', [run('alpha', 0, 100)]],
    ['bravo', ofBravo],
  ]);
}

function run(node: string, fromMs: number, toMs: number): RunInterval {
  return { node, from: at(fromMs), to: at(toMs) };
}

function at(ms: number) {
  return { earliestMs: ms, latestMs: ms };
}
