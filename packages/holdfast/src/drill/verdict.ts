import type { TwoActiveFinding } from './evidence/two-active.ts';
import type { ExpectedService } from './expectation.ts';
import { type Interruption, isSame, type LaterInterruptions, type Recovery } from './recovery.ts';
import type { DrillResult, LedgerCount } from './types.ts';

export interface Findings {
  readonly expected: ExpectedService;
  readonly objectiveSeconds: number;
  readonly recovery: Recovery;
  /** Undefined: service did not come back; without what came since the healing: that was to interrupt it. */
  readonly again: Partial<LaterInterruptions> | undefined;
  readonly watchedSeconds: number;
  /** For a fault that service cannot outlive: see DrillResult. */
  readonly afterHealingSeconds: number | null;
  readonly count: LedgerCount;
  /** Why the count proves nothing; undefined: it does. */
  readonly unproven: string | undefined;
  readonly twoActive: TwoActiveFinding;
  /** What the audits found wrong, in words. */
  readonly violations: readonly string[];
  /** What is missing of the evidence, in words. */
  readonly gaps: readonly string[];
}

/**
 * The outcome of one drill. Anything proven wrong makes it `fail`; else anything not proven makes it `unknown`; only what is
 * proven in every point is `pass`.
 */
export function judge(findings: Findings): Pick<DrillResult, 'outcome' | 'reasons'> {
  const wrong = [
    ...wrongWithTime(findings),
    ...wrongSinceHealing(findings),
    ...wrongWithData(findings.count),
    ...findings.violations,
  ];
  if (findings.twoActive.twoActive === true) wrong.push(`two nodes were active at once: ${findings.twoActive.because}`);
  const unknown: string[] = [];
  if (findings.recovery.before === undefined) unknown.push('no write was acknowledged before the fault');
  if (findings.unproven !== undefined) unknown.push(`nothing can be said about lost writes: ${findings.unproven}`);
  if (findings.twoActive.twoActive === null) {
    unknown.push(`nobody knows whether two nodes were active at once: ${findings.twoActive.because}`);
  }
  unknown.push(...findings.gaps);
  const reasons = [...wrong, ...unknown];
  if (wrong.length > 0) return { outcome: 'fail', reasons };
  return { outcome: unknown.length > 0 ? 'unknown' : 'pass', reasons };
}

function wrongWithTime(findings: Findings): readonly string[] {
  const { expected, recovery, afterHealingSeconds } = findings;
  if (recovery.before === undefined) return [];
  const notBack = afterHealingSeconds === null ? ['service did not come back when the fault was over'] : [];
  switch (expected) {
    case 'back-in-time':
      return wrongWithObjective(findings);
    case 'keeps-serving':
      return [...wrongWithObjective(findings), ...wronglyMoved(recovery)];
    case 'back-by-itself':
      return neverBack(findings);
    case 'until-healed':
      return notBack;
    case 'refused':
      return [...wronglyServed(recovery), ...notBack];
  }
}

function neverBack({ recovery, watchedSeconds }: Findings): readonly string[] {
  return recovery.rtoSeconds === null ? [`service did not come back within ${watchedSeconds.toFixed(0)} s`] : [];
}

function wronglyMoved({ before, after }: Recovery): readonly string[] {
  if (before === undefined || after === undefined || isSame(before, after)) return [];
  const what = before.node === after.node ? `was restarted on ${after.node}` : `moved to ${after.node}`;
  return [`the workload ${what}, which this fault was not to cause`];
}

function wronglyServed({ interrupted, rtoSeconds, after }: Recovery): readonly string[] {
  if (!interrupted) return ['service went on, which nobody could know to be safe'];
  if (rtoSeconds === null) return [];
  return [`${after?.node ?? 'somebody'} served after ${rtoSeconds.toFixed(2)} s, which nobody could know to be safe`];
}

function wrongWithObjective(findings: Findings): readonly string[] {
  const { recovery, objectiveSeconds, again } = findings;
  const { rtoSeconds, interrupted } = recovery;
  if (rtoSeconds === null) return neverBack(findings);
  if (rtoSeconds > objectiveSeconds) {
    return [`service came back after ${rtoSeconds.toFixed(2)} s; the objective is ${objectiveSeconds} s`];
  }
  if (again?.beforeHealing !== undefined && again.beforeHealing.seconds > objectiveSeconds) {
    const what = interrupted ? 'interrupted again' : 'interrupted';
    return [`service was ${what}, ${inWords(again.beforeHealing)}; the objective is ${objectiveSeconds} s`];
  }
  return [];
}

/** A fault that is over, and its repair, may not cost more than a fault. */
function wrongSinceHealing({ again, objectiveSeconds }: Findings): readonly string[] {
  const { sinceHealing } = again ?? {};
  if (sinceHealing === undefined || sinceHealing.seconds <= objectiveSeconds) return [];
  const what = inWords(sinceHealing);
  return [`while the fault was undone service was interrupted, ${what}; the objective is ${objectiveSeconds} s`];
}

/** “for 33.00 s, from 62.1 s after the fault on”. */
export function inWords({ seconds, atSeconds }: Interruption): string {
  return `for ${seconds.toFixed(2)} s, from ${atSeconds.toFixed(1)} s after the fault on`;
}

function wrongWithData({ acknowledged, lost, duplicated, unexpected }: LedgerCount): readonly string[] {
  const wrong: string[] = [];
  if (lost) wrong.push(`${lost} of ${acknowledged} acknowledged writes were lost`);
  if (duplicated) wrong.push(`${duplicated} writes were there more than once`);
  if (unexpected) wrong.push(`${unexpected} writes were there that nobody had sent`);
  return wrong;
}
