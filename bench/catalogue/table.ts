import type { FaultName } from '../../packages/holdfast/src/drill/index.ts';
import { median } from '../failover/summary.ts';
import type { CatalogueRecord } from './records.ts';

export interface CatalogueFigures {
  readonly fault: FaultName;
  /** What the site promises for it. */
  readonly expectation: string | null;
  readonly runs: number;
  readonly passed: number;
  /** Seconds, in the order of the runs; null: the expectation knows no RTO, or service did not come back. */
  readonly rtoSeconds: readonly (number | null)[];
  readonly medianSeconds: number | null;
  readonly maxSeconds: number | null;
  readonly budgetSeconds: number | null;
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly twoActive: number;
  readonly durability: readonly string[];
  readonly leftOut: string | null;
  readonly notDone: readonly string[];
}

export function figuresOf(
  records: readonly CatalogueRecord[],
  faults: readonly FaultName[],
  budgetSeconds: (fault: FaultName) => number | null,
): CatalogueFigures[] {
  return faults.flatMap((fault) => {
    const ofFault = records.filter((each) => each.fault === fault);
    if (ofFault.length === 0) return [];
    const results = ofFault.flatMap(({ result }) => (result === undefined ? [] : [result]));
    const rtos = results.flatMap(({ rtoSeconds }) => (rtoSeconds === null ? [] : [rtoSeconds]));
    const sum = (pick: (result: (typeof results)[number]) => number | null) =>
      results.reduce((total, each) => total + (pick(each) ?? 0), 0);
    return {
      fault,
      expectation: results[0]?.expected ?? null,
      runs: results.length,
      passed: results.filter(({ outcome }) => outcome === 'pass').length,
      rtoSeconds: results.map(({ rtoSeconds }) => rtoSeconds),
      medianSeconds: rtos.length === 0 ? null : median(rtos),
      maxSeconds: rtos.length === 0 ? null : Math.max(...rtos),
      budgetSeconds: budgetSeconds(fault),
      acknowledged: sum(({ acknowledged }) => acknowledged),
      lost: sum(({ lost }) => lost),
      duplicated: sum(({ duplicated }) => duplicated),
      twoActive: results.filter(({ twoActive }) => twoActive === true).length,
      durability: [...new Set(results.map(({ durability }) => durability))],
      leftOut: ofFault.find(({ leftOut }) => leftOut !== undefined)?.leftOut ?? null,
      notDone: ofFault.flatMap(({ error }) => (error === undefined ? [] : [error])),
    };
  });
}

export function renderMarkdown(figures: readonly CatalogueFigures[]): string {
  const seconds = (value: number | null) => (value === null ? '–' : value.toFixed(2));
  const head =
    'fault | expected | runs | RTO median, s | RTO max, s | budget, s | acknowledged | lost | twice | two active | passed';
  const rows = figures.map((each) =>
    [
      each.fault,
      each.expectation ?? '–',
      each.runs,
      seconds(each.medianSeconds),
      seconds(each.maxSeconds),
      seconds(each.budgetSeconds),
      each.acknowledged,
      each.lost,
      each.duplicated,
      each.twoActive,
      each.leftOut !== null ? `left out: ${each.leftOut}` : `${each.passed} of ${each.runs + each.notDone.length}`,
    ].join(' | '),
  );
  return [head, head.replace(/[^|]+/g, '---'), ...rows].map((line) => `| ${line} |`).join('\n');
}
