import type { FaultName } from '../../packages/holdfast/src/drill/index.ts';
import type { Configuration } from './configuration.ts';
import type { BenchRecord } from './results.ts';

export interface FaultFigures {
  readonly runs: number;
  /** Null: the middle run did not come back while it was watched. */
  readonly medianSeconds: number | null;
  readonly maxSeconds: number | null;
  readonly medianInterruptionSeconds: number | null;
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Runs in which two nodes were active at once, and runs of which nobody knows. */
  readonly twoActive: number;
  readonly twoActiveUnknown: number;
  readonly passed: number;
  readonly notDone: number;
}

export interface FaultComparison {
  readonly fault: FaultName;
  readonly holdfast: FaultFigures;
  readonly baseline: FaultFigures;
  /** How many times longer the baseline's median takes; null where one has none. */
  readonly ratio: number | null;
}

export function compare(records: readonly BenchRecord[], faults: readonly FaultName[]): readonly FaultComparison[] {
  return faults.map((fault) => {
    const figures = (name: Configuration['name']) =>
      figuresOf(records.filter((each) => each.fault === fault && each.configuration === name));
    const holdfast = figures('holdfast');
    const baseline = figures('baseline');
    const both = holdfast.medianSeconds && baseline.medianSeconds;
    return {
      fault,
      holdfast,
      baseline,
      ratio: both ? (baseline.medianSeconds ?? 0) / (holdfast.medianSeconds ?? 1) : null,
    };
  });
}

function figuresOf(records: readonly BenchRecord[]): FaultFigures {
  const results = records.flatMap(({ result }) => (result === undefined ? [] : [result]));
  const rtos = results.map(({ rtoSeconds }) => rtoSeconds ?? Number.POSITIVE_INFINITY);
  const sum = (pick: (result: (typeof results)[number]) => number | null) =>
    results.reduce((total, each) => total + (pick(each) ?? 0), 0);
  return {
    runs: results.length,
    medianSeconds: finite(median(rtos)),
    maxSeconds: finite(Math.max(...rtos)),
    medianInterruptionSeconds: finite(
      median(results.map(({ interruptionSeconds }) => interruptionSeconds ?? Number.POSITIVE_INFINITY)),
    ),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    twoActive: results.filter(({ twoActive }) => twoActive === true).length,
    twoActiveUnknown: results.filter(({ twoActive }) => twoActive === null).length,
    passed: results.filter(({ outcome }) => outcome === 'pass').length,
    notDone: records.length - results.length,
  };
}

/** The mean of the two in the middle where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? Number.POSITIVE_INFINITY : (upper + lower) / 2;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** For docs and for people; `watchedSeconds` is how long a drill waits for service to come back. */
export function renderMarkdown(comparisons: readonly FaultComparison[], watchedSeconds: number): string {
  const seconds = (value: number | null, runs: number) =>
    runs === 0 ? '–' : value === null ? `> ${watchedSeconds} s` : `${value.toFixed(2)} s`;
  const row = (name: string, { fault }: FaultComparison, figures: FaultFigures, ratio: string) =>
    [
      fault,
      name,
      figures.runs,
      seconds(figures.medianSeconds, figures.runs),
      seconds(figures.maxSeconds, figures.runs),
      ratio,
      figures.acknowledged,
      figures.lost,
      figures.duplicated,
      `${figures.twoActive}${figures.twoActiveUnknown === 0 ? '' : ` (${figures.twoActiveUnknown} unknown)`}`,
      `${figures.passed} of ${figures.runs}`,
    ].join(' | ');
  const head =
    'fault | configuration | runs | RTO median | RTO max | ratio | acknowledged | lost | twice | two active | passed';
  const lines = comparisons.flatMap((each) => [
    row('Holdfast', each, each.holdfast, ''),
    row('baseline', each, each.baseline, ratioOf(each, watchedSeconds)),
  ]);
  return [head, head.replace(/[^|]+/g, '---'), ...lines].map((line) => `| ${line} |`).join('\n');
}

function ratioOf({ ratio, holdfast, baseline }: FaultComparison, watchedSeconds: number): string {
  if (ratio !== null) return `${ratio.toFixed(1)} ×`;
  if (holdfast.medianSeconds === null || baseline.runs === 0) return '';
  return `> ${(watchedSeconds / holdfast.medianSeconds).toFixed(0)} ×`;
}
