import type { FaultName } from '../../packages/holdfast/src/drill/index.ts';
import { median } from '../failover/summary.ts';
import { type CatalogueRecord, isDone } from './record.ts';

export interface CatalogueFigures {
  readonly fault: FaultName;
  /** What the site promises for it. */
  readonly expectation: string | null;
  readonly runs: number;
  readonly passed: number;
  /** Seconds, in the order of the runs; null: the expectation knows no RTO, or service did not come back. */
  readonly rtoSeconds: readonly (number | null)[];
  /** Null: no run was to come back by itself. `none seen`: the middle run, or the slowest, did not, or nobody knows. */
  readonly medianSeconds: number | 'none seen' | null;
  readonly maxSeconds: number | 'none seen' | null;
  readonly budgetSeconds: number | null;
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Runs of which nobody knows what was lost or duplicated, or whether two were active: they count as none above and below. */
  readonly notReadBack: number;
  readonly twoActive: number;
  readonly twoActiveUnknown: number;
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
    // One that could not be done, and was done when the run went on, is none that was not done.
    const ofFault = records.filter(
      (each) => each.fault === fault && (each.error === undefined || !isDone(records, each.round, fault)),
    );
    if (ofFault.length === 0) return [];
    const results = ofFault.flatMap(({ result }) => (result === undefined ? [] : [result]));
    const rtos = results.flatMap(({ rtoSeconds, expected }) => {
      if (rtoSeconds !== null) return [rtoSeconds];
      return expected === 'refused' || expected === 'until-healed' ? [] : [Number.POSITIVE_INFINITY];
    });
    const sum = (pick: (result: (typeof results)[number]) => number | null) =>
      results.reduce((total, each) => total + (pick(each) ?? 0), 0);
    return {
      fault,
      expectation: results[0]?.expected ?? null,
      runs: results.length,
      passed: results.filter(({ outcome }) => outcome === 'pass').length,
      rtoSeconds: results.map(({ rtoSeconds }) => rtoSeconds),
      medianSeconds: seen(rtos, median),
      maxSeconds: seen(rtos, (all) => Math.max(...all)),
      // A blackout's counts from the boot of its last machine: each record has its own.
      budgetSeconds: fault === 'blackout' ? smallest(results.map((each) => each.budgetSeconds)) : budgetSeconds(fault),
      acknowledged: sum(({ acknowledged }) => acknowledged),
      lost: sum(({ lost }) => lost),
      duplicated: sum(({ duplicated }) => duplicated),
      notReadBack: results.filter(({ lost, duplicated }) => lost === null || duplicated === null).length,
      twoActive: results.filter(({ twoActive }) => twoActive === true).length,
      twoActiveUnknown: results.filter(({ twoActive }) => twoActive === null).length,
      durability: [...new Set(results.map(({ durability }) => durability))],
      leftOut: ofFault.find(({ leftOut }) => leftOut !== undefined)?.leftOut ?? null,
      notDone: ofFault.flatMap(({ error }) => (error === undefined ? [] : [error])),
    };
  });
}

/** Null where one has none. */
function smallest(budgets: readonly (number | null)[]): number | null {
  const known = budgets.filter((each) => each !== null);
  return known.length > 0 && known.length === budgets.length ? Math.min(...known) : null;
}

function seen(rtos: readonly number[], pick: (rtos: readonly number[]) => number): CatalogueFigures['medianSeconds'] {
  if (rtos.length === 0) return null;
  const seconds = pick(rtos);
  return Number.isFinite(seconds) ? seconds : 'none seen';
}

export function renderMarkdown(figures: readonly CatalogueFigures[]): string {
  const seconds = (value: CatalogueFigures['medianSeconds']) =>
    value === null ? '–' : typeof value === 'string' ? value : value.toFixed(2);
  const counted = (value: number, unknown: number) => (unknown === 0 ? value : `${value} (${unknown} unknown)`);
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
      counted(each.lost, each.notReadBack),
      counted(each.duplicated, each.notReadBack),
      counted(each.twoActive, each.twoActiveUnknown),
      each.leftOut !== null ? `left out: ${each.leftOut}` : `${each.passed} of ${each.runs + each.notDone.length}`,
    ].join(' | '),
  );
  return [head, head.replace(/[^|]+/g, '---'), ...rows].map((line) => `| ${line} |`).join('\n');
}
