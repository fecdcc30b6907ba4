import { describe, expect, test } from 'vitest';
import { findInterleaving, laterInterruptions, measureRecovery } from './recovery.ts';
import type { Incarnation, Operation } from './types.ts';

const alpha1 = { node: 'alpha', start: 1 };
const alpha2 = { node: 'alpha', start: 2 };
const bravo2 = { node: 'bravo', start: 2 };
const faultAtMs = 1000;
const fromSilence = { from: 'silence', endedBy: 'later-start' } as const;
const toTheOtherNode = { from: 'fault', endedBy: 'other-node' } as const;

describe('measureRecovery', () => {
  test('counts from the fault to the first answer of the other node', () => {
    const history = [ok(900, 910, alpha1), lost(1010), lost(1500), ok(4000, 4020, bravo2), ok(4020, 4030, bravo2)];
    expect(measureRecovery(history, faultAtMs)).toMatchObject({
      rtoSeconds: 3.02,
      interrupted: true,
      interruptionSeconds: 3.02,
      before: alpha1,
      after: bravo2,
    });
  });

  test('does not take an answer of the dying incarnation just after the fault for recovery', () => {
    const history = [
      ok(900, 910, alpha1),
      ok(990, 1004, alpha1),
      ok(1001, 1006, alpha1),
      lost(1010),
      ok(1800, 1830, alpha2),
    ];
    expect(measureRecovery(history, faultAtMs)).toMatchObject({ rtoSeconds: 0.83, after: alpha2 });
  });

  test('knows the same node by its new start number after a crash', () => {
    const history = [ok(900, 910, alpha1), ok(1100, 1120, alpha2)];
    expect(measureRecovery(history, faultAtMs)).toMatchObject({ rtoSeconds: 0.12, interrupted: true });
  });

  test('counts from the order to move even while the old node still answers, and gives the interruption beside it', () => {
    const history = [
      ok(900, 910, alpha1),
      ok(1100, 1110, alpha1),
      ok(1290, 1300, alpha1),
      lost(1320),
      ok(1900, 2000, bravo2),
    ];
    expect(measureRecovery(history, faultAtMs)).toMatchObject({ rtoSeconds: 1, interruptionSeconds: 0.7 });
  });

  describe('of a fault that the site may notice late', () => {
    test('counts from where the answers ended, and says when they came again', () => {
      const history = [
        ok(900, 910, alpha1),
        ok(1100, 1110, alpha1),
        ok(9290, 9300, alpha1),
        lost(9320),
        ok(11900, 12000, bravo2),
        ok(12020, 12100, bravo2),
      ].concat(Array.from({ length: 8 }, (_, second) => ok(2000 + second * 900, 2010 + second * 900, alpha1)));
      expect(measureRecovery(history, faultAtMs, fromSilence)).toMatchObject({
        rtoSeconds: 2.7,
        overAtSeconds: 11,
        before: alpha1,
        after: bravo2,
      });
      expect(measureRecovery(history, faultAtMs)).toMatchObject({ rtoSeconds: 11, overAtSeconds: 11 });
    });

    test('is null when nobody answered again, and zero when nobody ceased to', () => {
      expect(
        measureRecovery([ok(900, 910, alpha1), ok(1100, 1110, alpha1), lost(1200)], faultAtMs, fromSilence),
      ).toMatchObject({ rtoSeconds: null, overAtSeconds: null });
      const history = [ok(900, 910, alpha1), ok(1100, 1110, alpha1), ok(1200, 1210, alpha1)];
      expect(measureRecovery(history, faultAtMs, fromSilence)).toMatchObject({ rtoSeconds: 0, interrupted: false });
    });

    test('is null while the longest silence lasts, whoever had answered before it', () => {
      const replaced = [ok(900, 910, alpha1), ok(1100, 1110, alpha1), ok(1900, 2000, bravo2), ok(2100, 2110, bravo2)];
      const out = [...replaced, lost(2200), lost(5000)];
      expect(measureRecovery(out, faultAtMs, fromSilence)).toMatchObject({
        rtoSeconds: null,
        overAtSeconds: null,
        interrupted: true,
        interruptionSeconds: 2.89,
      });
      const back = [...out, ok(5100, 5110, bravo2)];
      expect(measureRecovery(back, faultAtMs, fromSilence)).toMatchObject({ rtoSeconds: 3, overAtSeconds: 4.11 });
    });
  });

  test('does not end with a restart on the attacked node where the service shall be driven away', () => {
    const restarted = [
      ok(900, 910, alpha1),
      ok(1400, 1500, alpha2),
      lost(2000),
      ok(2400, 2500, { node: 'alpha', start: 3 }),
    ];
    expect(measureRecovery(restarted, faultAtMs)).toMatchObject({ rtoSeconds: 0.5, after: alpha2 });
    expect(measureRecovery(restarted, faultAtMs, toTheOtherNode)).toMatchObject({
      rtoSeconds: null,
      overAtSeconds: null,
    });
    const moved = [...restarted, lost(2600), ok(3900, 4000, { node: 'bravo', start: 4 })];
    expect(measureRecovery(moved, faultAtMs, toTheOtherNode)).toMatchObject({
      rtoSeconds: 3,
      after: { node: 'bravo' },
    });
  });

  test('does not call a service well that was not driven away at all', () => {
    const history = [ok(900, 910, alpha1), ok(995, 1002, alpha1), ok(1020, 1030, alpha1)];
    expect(measureRecovery(history, faultAtMs, toTheOtherNode).rtoSeconds).toBeNull();
  });

  test('is zero, and says so, when service was never interrupted', () => {
    const history = [ok(900, 910, alpha1), ok(995, 1002, alpha1), ok(1020, 1030, alpha1)];
    expect(measureRecovery(history, faultAtMs)).toMatchObject({ rtoSeconds: 0, interrupted: false, after: alpha1 });
  });

  test('does not call service uninterrupted when nothing was tried after the fault', () => {
    expect(measureRecovery([ok(900, 910, alpha1), ok(990, 1001, alpha1)], faultAtMs).rtoSeconds).toBeNull();
  });

  test('lasts until the last unanswered write is behind when the same incarnation comes back to itself', () => {
    const history = [
      ok(900, 910, alpha1),
      ok(998, 1001, alpha1),
      lost(999),
      lost(1500),
      lost(3000),
      ok(3900, 4000, alpha1),
    ];
    expect(measureRecovery(history, faultAtMs)).toMatchObject({ rtoSeconds: 3, interrupted: true, after: alpha1 });
  });

  test('is null when no answer ever came again', () => {
    expect(measureRecovery([ok(900, 910, alpha1), lost(1100)], faultAtMs)).toMatchObject({
      rtoSeconds: null,
      interruptionSeconds: null,
    });
  });

  test('is null when only the dying incarnation answered after the fault', () => {
    const history = [ok(900, 910, alpha1), ok(995, 1005, alpha1), lost(1010), lost(1500)];
    expect(measureRecovery(history, faultAtMs).rtoSeconds).toBeNull();
  });

  test('is null without an answer before the fault, because nobody knows who served', () => {
    expect(measureRecovery([lost(900), ok(1100, 1120, bravo2)], faultAtMs).rtoSeconds).toBeNull();
  });
});

describe('laterInterruptions', () => {
  const back = [ok(900, 910, alpha1), ok(1400, 1500, alpha2), ok(1520, 1530, alpha2)];
  const times = { faultAtMs, overAtMs: 1500, healedFromMs: 4000 };

  test('says how long service was out again after the recovery, and when, before the healing and since', () => {
    const again = [...back, lost(1600), ok(2900, 3030, bravo2), ok(3980, 3990, bravo2), ok(4010, 4020, bravo2)];
    const cleaned = [...again, lost(4100), ok(7000, 7020, bravo2), ok(7030, 7040, bravo2)];
    expect(laterInterruptions(cleaned, times)).toEqual({
      beforeHealing: { seconds: 1.5, atSeconds: 0.53 },
      sinceHealing: { seconds: 3, atSeconds: 3.02 },
    });
  });

  test('takes what the healing began at once, and what has not ended, for its own', () => {
    const steady = [...back, ok(2500, 2600, alpha2), ok(3980, 3990, alpha2)];
    const { beforeHealing, sinceHealing } = laterInterruptions([...steady, lost(4010), lost(6990)], times);
    expect(beforeHealing).toEqual({ seconds: 1.39, atSeconds: 1.6 });
    expect(sinceHealing).toEqual({ seconds: 3, atSeconds: 2.99 });
  });
});

describe('findInterleaving', () => {
  test('finds nothing in a clean handover', () => {
    expect(findInterleaving([ok(1, 2, alpha1), ok(3, 9, alpha1), ok(5, 6, bravo2), ok(7, 8, bravo2)])).toBeUndefined();
  });

  test('finds the old incarnation answering a write sent after the new one had answered', () => {
    expect(findInterleaving([ok(1, 2, alpha1), ok(3, 4, bravo2), ok(5, 6, alpha1)])).toEqual([alpha1, bravo2]);
  });

  test('does not blame a late answer to a write that was sent before the new one answered', () => {
    expect(findInterleaving([ok(1, 2, alpha1), ok(3, 4, bravo2), ok(3.5, 6, alpha1)])).toBeUndefined();
  });
});

function ok(invokedAtMs: number, completedAtMs: number, servedBy: Incarnation): Operation {
  return { key: `${invokedAtMs}`, intendedAtMs: invokedAtMs, invokedAtMs, completedAtMs, result: 'ok', servedBy };
}

function lost(invokedAtMs: number): Operation {
  return {
    key: `${invokedAtMs}`,
    intendedAtMs: invokedAtMs,
    invokedAtMs,
    completedAtMs: invokedAtMs + 250,
    result: 'unknown',
  };
}
