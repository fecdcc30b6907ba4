import type { DrillReport, DrillResult, FaultName } from '../drill/index.ts';

/** Seconds; `never`: service did not come back; `unknown`: the drill cannot say; `not-meant`: it was not to come back. */
export type Recovery = number | 'never' | 'unknown' | 'not-meant';

/** A sum over drills of which some could not be counted. */
export interface Total {
  readonly counted: number;
  readonly drillsUnknown: number;
}

export interface FaultSummary {
  readonly fault: FaultName;
  readonly drills: readonly DrillResult[];
  readonly passed: number;
  readonly failed: number;
  readonly unknown: number;
  readonly median: Recovery;
  readonly p95: Recovery;
  readonly max: Recovery;
  /** Both in seconds; the strictest and the largest of the drills, should they differ. */
  readonly objectiveSeconds: number;
  /** null: nothing was computed for it. */
  readonly budgetSeconds: number | null;
  readonly attempted: number;
  readonly acknowledged: number;
  readonly lost: Total;
  readonly duplicated: Total;
  readonly twoActive: 'no' | 'yes' | 'unknown';
  readonly outcome: DrillResult['outcome'];
}

/** One summary for each fault that was drilled, in the order of their first drills. */
export function summarise(report: DrillReport): readonly FaultSummary[] {
  const byFault = Map.groupBy(report.drills, (drill) => drill.fault);
  return [...byFault].map(([fault, drills]) => summariseFault(fault, drills));
}

function summariseFault(fault: FaultName, drills: readonly DrillResult[]): FaultSummary {
  const recoveries = drills.map(recoveryOf).sort((a, b) => rank(a) - rank(b));
  const count = (outcome: DrillResult['outcome']) => drills.filter((drill) => drill.outcome === outcome).length;
  const [failed, unknown] = [count('fail'), count('unknown')];
  return {
    fault,
    drills,
    passed: count('pass'),
    failed,
    unknown,
    median: percentile(recoveries, 50),
    p95: percentile(recoveries, 95),
    max: percentile(recoveries, 100),
    objectiveSeconds: Math.min(...drills.map((drill) => drill.objectiveSeconds)),
    budgetSeconds: largest(drills.map((drill) => drill.budgetSeconds)),
    attempted: sum(drills.map((drill) => drill.attempted)),
    acknowledged: sum(drills.map((drill) => drill.acknowledged)),
    lost: total(drills.map((drill) => drill.lost)),
    duplicated: total(drills.map((drill) => drill.duplicated)),
    twoActive: anyOf(drills.map((drill) => drill.twoActive)),
    outcome: failed > 0 ? 'fail' : unknown > 0 ? 'unknown' : 'pass',
  };
}

/** A drill that failed without a time never came back, unless it was to be out until the fault was over; one without a verdict cannot say. */
export function recoveryOf(drill: DrillResult): Recovery {
  if (drill.rtoSeconds !== null) return drill.rtoSeconds;
  const wasMeant = drill.expected !== 'refused' && drill.expected !== 'until-healed';
  if (!wasMeant && (drill.outcome === 'pass' || drill.afterHealingSeconds !== null)) return 'not-meant';
  return drill.outcome === 'fail' ? 'never' : 'unknown';
}

function largest(budgets: readonly (number | null)[]): number | null {
  const known = budgets.filter((each) => each !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** The one to look at first: failed before unknown before passed, and the slowest among those. */
export function worstOf(drills: readonly DrillResult[]): DrillResult | undefined {
  const order = { pass: 0, unknown: 1, fail: 2 } as const;
  return [...drills].sort(
    (a, b) => order[b.outcome] - order[a.outcome] || rank(recoveryOf(b)) - rank(recoveryOf(a)),
  )[0];
}

/** Nearest rank: the smallest value that at least `percent` of all do not exceed. `sorted` is not empty. */
export function percentile<T>(sorted: readonly T[], percent: number): T {
  const index = Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1);
  const value = sorted[index];
  if (value === undefined) throw new RangeError('a percentile of nothing');
  return value;
}

export function total(counts: readonly (number | null)[]): Total {
  const counted = counts.filter((each) => each !== null);
  return { counted: sum(counted), drillsUnknown: counts.length - counted.length };
}

/** Unknown sorts last, as the worst: what is not known is not good. */
function rank(recovery: Recovery): number {
  if (recovery === 'not-meant') return -1;
  if (recovery === 'never') return 1e9;
  return recovery === 'unknown' ? 2e9 : recovery;
}

function anyOf(values: readonly (boolean | null)[]): 'no' | 'yes' | 'unknown' {
  if (values.includes(true)) return 'yes';
  return values.includes(null) ? 'unknown' : 'no';
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}
