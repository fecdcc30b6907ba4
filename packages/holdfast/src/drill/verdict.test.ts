import { describe, expect, test } from 'vitest';
import { type Findings, judge } from './verdict.ts';

describe('judge', () => {
  test('passes what is proven in every point', () => {
    expect(judge(findings({}))).toEqual({ outcome: 'pass', reasons: [] });
  });

  test.each([
    ['the objective was missed', { recovery: { ...recovered, rtoSeconds: 10.1 } }, /10.10 s; the objective is 10 s/],
    ['service never came back', { recovery: { ...recovered, rtoSeconds: null } }, /did not come back within 60 s/],
    [
      'a second interruption was too long',
      { again: { beforeHealing: { seconds: 12, atSeconds: 20.04 } } },
      /interrupted again, for 12.00 s, from 20.0 s after the fault on; the objective is 10 s/,
    ],
    [
      'the healing interrupted service for too long',
      { again: { sinceHealing: { seconds: 33, atSeconds: 61.96 } } },
      /while the fault was undone service was interrupted, for 33.00 s, from 62.0 s after the fault on; the objective/,
    ],
    ['a write was lost', { count: { ...counted, lost: 1 } }, /1 of 90 acknowledged writes were lost/],
    ['a write was there twice', { count: { ...counted, duplicated: 2 } }, /more than once/],
    ['a write appeared from nowhere', { count: { ...counted, unexpected: 3 } }, /nobody had sent/],
    ['two were active', { twoActive: { twoActive: true, because: 'both wrote' } }, /at once: both wrote/],
    ['an audit failed', { violations: ['started without quorum'] }, /started without quorum/],
  ] satisfies [string, Partial<Findings>, RegExp][])('fails when %s', (_what, parts, reason) => {
    const { outcome, reasons } = judge(findings(parts));
    expect(outcome).toBe('fail');
    expect(reasons.join()).toMatch(reason);
  });

  const same = { ...recovered, after: { node: 'alpha', start: 1 } };
  const out = { ...recovered, rtoSeconds: null };
  test.each([
    ['keeps-serving', { recovery: same }, 'pass'],
    ['keeps-serving', { recovery: recovered }, 'fail'],
    ['keeps-serving', { recovery: { ...same, rtoSeconds: 11 } }, 'fail'],
    ['back-by-itself', { recovery: { ...recovered, rtoSeconds: 40 } }, 'pass'],
    ['back-by-itself', { recovery: out }, 'fail'],
    ['back-by-itself', { again: { beforeHealing: { seconds: 12, atSeconds: 20 } } }, 'pass'],
    ['back-by-itself', { again: { sinceHealing: { seconds: 12, atSeconds: 20 } } }, 'fail'],
    ['until-healed', { recovery: out, afterHealingSeconds: 2 }, 'pass'],
    ['until-healed', { recovery: out }, 'fail'],
    ['refused', { recovery: out, afterHealingSeconds: 2 }, 'pass'],
    ['refused', { recovery: recovered, afterHealingSeconds: 2 }, 'fail'],
    ['refused', { recovery: { ...same, interrupted: false }, afterHealingSeconds: 2 }, 'fail'],
    ['refused', { recovery: out }, 'fail'],
    [
      'refused',
      { recovery: out, afterHealingSeconds: 2, again: { sinceHealing: { seconds: 12, atSeconds: 90 } } },
      'fail',
    ],
  ] satisfies [Findings['expected'], Partial<Findings>, string][])(
    'judges by what was expected: %s, %o: %s',
    (expected, parts, outcome) => {
      expect(judge(findings({ expected, ...parts })).outcome).toBe(outcome);
    },
  );

  test.each([
    ['nobody served before the fault', { recovery: { ...unknownRecovery, rtoSeconds: null } }],
    ['nothing was read back', { unproven: 'it could not be read back' }],
    ['the journals do not say who was active', { twoActive: { twoActive: null, because: 'a journal is missing' } }],
    ['a journal ends too early', { gaps: ['its journal could not be kept'] }],
  ] satisfies [string, Partial<Findings>][])('is unknown, never a pass, when %s', (_what, parts) => {
    const { outcome, reasons } = judge(findings(parts));
    expect(outcome).toBe('unknown');
    expect(reasons).toHaveLength(1);
  });

  test('fails, and tells of the unknown, too, when both come together', () => {
    const both = judge(findings({ violations: ['wrong'], unproven: 'no read' }));
    expect(both.outcome).toBe('fail');
    expect(both.reasons).toHaveLength(2);
  });
});

const unknownRecovery = {
  rtoSeconds: 3,
  overAtSeconds: 3,
  interrupted: true,
  interruptionSeconds: 3,
};
const recovered = { ...unknownRecovery, before: { node: 'alpha', start: 1 }, after: { node: 'bravo', start: 2 } };
const counted = { attempted: 100, acknowledged: 90, lost: 0, duplicated: 0, recovered: 1, unexpected: 0 };

function findings(parts: Partial<Findings>): Findings {
  return {
    expected: 'back-in-time',
    objectiveSeconds: 10,
    recovery: recovered,
    again: undefined,
    afterHealingSeconds: null,
    watchedSeconds: 60,
    count: counted,
    unproven: undefined,
    twoActive: { twoActive: false, because: 'the journals say so' },
    violations: [],
    gaps: [],
    ...parts,
  };
}
