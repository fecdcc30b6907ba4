import { expect, test } from 'vitest';
import { neverBack, notKnown, passedDrills, sampleDrill, sampleReport } from '../../test/report/sample-report.ts';
import type { DrillResult } from '../drill/index.ts';
import { summarise } from './summary.ts';
import { verdictOf } from './verdict.ts';

function sentence(...drills: readonly DrillResult[]): string {
  const report = sampleReport(drills);
  return verdictOf(report, summarise(report)).sentence;
}

test('when everything passed, one sentence says how long it took, what was promised, and that nothing was lost', () => {
  expect(sentence(...passedDrills(1))).toBe(
    'The site survived 5 of 5 faults; the longest recovery took 5.89 s, the promise is 10 s; no acknowledged payment was lost and none was recorded twice.',
  );
});

test('a loss and a payment recorded twice are counted', () => {
  const bad = sampleDrill('power-cut', 1, { outcome: 'fail', lost: 2, duplicated: 1 });
  expect(sentence(bad, sampleDrill('power-cut', 2))).toContain(
    '1 of 2 faults; 1 drill failed. The longest recovery took 3.68 s, the promise is 10 s; 2 acknowledged payments were lost, and 1 payment was recorded twice.',
  );
});

test('what could not be counted is never called no loss', () => {
  const said = sentence(sampleDrill('power-cut', 1, { outcome: 'unknown', lost: null, duplicated: null }));
  expect(said).toContain('in 1 drill the payments could not be counted');
  expect(said).not.toContain('no acknowledged payment was lost');
});

test('a site that never came back is said to have not come back', () => {
  expect(sentence(neverBack(1))).toContain('After 1 fault it did not come back while it was watched');
});

test('two active machines, and not knowing of them, are both said', () => {
  expect(sentence(sampleDrill('network-cut', 1, { outcome: 'fail', twoActive: true }))).toContain(
    'Two machines were active at the same time.',
  );
  expect(sentence(notKnown(1))).toContain('Whether two machines were ever active at the same time is not known');
});

test('nothing drilled is nothing known', () => {
  expect(verdictOf(sampleReport([]), [])).toEqual({
    outcome: 'unknown',
    sentence: 'No drill was run, so nothing is known.',
  });
});
