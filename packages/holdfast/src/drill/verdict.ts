import type { TwoActiveFinding } from './evidence/two-active.ts';
import type { Recovery } from './recovery.ts';
import type { DrillResult, LedgerCount } from './types.ts';

export interface Findings {
  readonly objectiveSeconds: number;
  readonly recovery: Recovery;
  readonly watchedSeconds: number;
  readonly count: LedgerCount;
  /** Why the count proves nothing; undefined: it does. */
  readonly unproven: string | undefined;
  readonly twoActive: TwoActiveFinding;
  /** What the audits found wrong, in words. */
  readonly violations: readonly string[];
}

/**
 * The outcome of one drill. Anything proven wrong makes it `fail`; else anything not proven makes it `unknown`; only what is
 * proven in every point is `pass`.
 */
export function judge(findings: Findings): Pick<DrillResult, 'outcome' | 'reasons'> {
  const wrong = [...wrongWithTime(findings), ...wrongWithData(findings.count), ...findings.violations];
  if (findings.twoActive.twoActive === true) wrong.push(`two nodes were active at once: ${findings.twoActive.because}`);
  const unknown: string[] = [];
  if (findings.recovery.before === undefined) unknown.push('no write was acknowledged before the fault');
  if (findings.unproven !== undefined) unknown.push(`nothing can be said about lost writes: ${findings.unproven}`);
  if (findings.twoActive.twoActive === null) {
    unknown.push(`nobody knows whether two nodes were active at once: ${findings.twoActive.because}`);
  }
  const reasons = [...wrong, ...unknown];
  if (wrong.length > 0) return { outcome: 'fail', reasons };
  return { outcome: unknown.length > 0 ? 'unknown' : 'pass', reasons };
}

function wrongWithTime({ recovery, objectiveSeconds, watchedSeconds }: Findings): readonly string[] {
  const { rtoSeconds, interruptionSeconds, before } = recovery;
  if (before === undefined) return [];
  if (rtoSeconds === null) return [`service did not come back within ${watchedSeconds.toFixed(0)} s`];
  if (rtoSeconds > objectiveSeconds) {
    return [`service came back after ${rtoSeconds.toFixed(2)} s; the objective is ${objectiveSeconds} s`];
  }
  if (interruptionSeconds !== null && interruptionSeconds > objectiveSeconds) {
    return [
      `service was interrupted again, for ${interruptionSeconds.toFixed(2)} s; the objective is ${objectiveSeconds} s`,
    ];
  }
  return [];
}

function wrongWithData({ acknowledged, lost, duplicated, unexpected }: LedgerCount): readonly string[] {
  const wrong: string[] = [];
  if (lost) wrong.push(`${lost} of ${acknowledged} acknowledged writes were lost`);
  if (duplicated) wrong.push(`${duplicated} writes were there more than once`);
  if (unexpected) wrong.push(`${unexpected} writes were there that nobody had sent`);
  return wrong;
}
