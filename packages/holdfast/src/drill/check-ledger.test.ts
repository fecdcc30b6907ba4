import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkLedger, whyUnproven } from './check-ledger.ts';
import type { History, Operation } from './types.ts';

const result = fc.constantFrom('ok', 'fail', 'unknown');

/** A history in which everything acknowledged, and some of the unanswered, is read back exactly once. */
const faultlessHistory: fc.Arbitrary<History & { finalRead: readonly string[] }> = fc
  .array(fc.record({ result, kept: fc.boolean() }), { minLength: 1, maxLength: 60 })
  .map((writes) => ({
    operations: writes.map((write, index) => operation(`k${index}`, write.result)),
    finalRead: writes.flatMap((write, index) =>
      write.result === 'ok' || (write.result === 'unknown' && write.kept) ? [`k${index}`] : [],
    ),
  }));

describe('checkLedger', () => {
  test('finds nothing wrong with a history in which nothing went wrong', () => {
    fc.assert(
      fc.property(faultlessHistory, (history) => {
        const unanswered = history.operations.filter((each) => each.result === 'unknown').map((each) => each.key);
        expect(checkLedger(history)).toMatchObject({
          attempted: history.operations.length,
          acknowledged: history.operations.filter((each) => each.result === 'ok').length,
          lost: 0,
          duplicated: 0,
          recovered: history.finalRead.filter((key) => unanswered.includes(key)).length,
          unexpected: 0,
        });
      }),
    );
  });

  test('finds every acknowledged write that is taken out of the final read', () => {
    fc.assert(
      fc.property(faultlessHistory, fc.infiniteStream(fc.boolean()), (history, stream) => {
        const acknowledged = history.operations.filter((each) => each.result === 'ok').map((each) => each.key);
        const dropped = new Set(acknowledged.filter(() => stream.next().value));
        const finalRead = history.finalRead.filter((key) => !dropped.has(key));
        expect(checkLedger({ ...history, finalRead }).lost).toBe(dropped.size);
      }),
    );
  });

  test('finds every copy that is put into the final read, at whatever place', () => {
    fc.assert(
      fc.property(faultlessHistory, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 }), (history, copies) => {
        fc.pre(history.finalRead.length > 0);
        const finalRead = [...history.finalRead];
        for (const [which, where] of copies) {
          const key = history.finalRead[which % history.finalRead.length];
          if (key !== undefined) finalRead.splice(where % (finalRead.length + 1), 0, key);
        }
        expect(checkLedger({ ...history, finalRead })).toMatchObject({ duplicated: copies.length, lost: 0 });
      }),
    );
  });

  test('finds every phantom: a key that was read back and never attempted', () => {
    fc.assert(
      fc.property(faultlessHistory, fc.nat({ max: 10 }), (history, phantoms) => {
        const finalRead = [...history.finalRead, ...Array.from({ length: phantoms }, (_, index) => `phantom${index}`)];
        expect(checkLedger({ ...history, finalRead })).toMatchObject({ unexpected: phantoms, lost: 0, duplicated: 0 });
      }),
    );
  });

  test('says null, never zero, about a history that was not read back', () => {
    expect(checkLedger({ operations: [operation('a', 'ok')] })).toEqual({
      attempted: 1,
      acknowledged: 1,
      lost: null,
      duplicated: null,
      recovered: null,
      unexpected: null,
    });
  });
});

describe('whyUnproven', () => {
  const good: History = { operations: [operation('a', 'ok', 10), operation('b', 'unknown', 30)], finalRead: ['a'] };

  test('accepts a history with acknowledged writes, tries after the fault and a final read', () => {
    expect(whyUnproven(good, 20)).toBeUndefined();
  });

  test('refuses a history in which nothing was acknowledged', () => {
    expect(whyUnproven({ ...good, operations: [operation('a', 'unknown', 30)] }, 20)).toMatch(/not one write/);
  });

  test('refuses a history that ends before the fault', () => {
    expect(whyUnproven(good, 40)).toMatch(/after the fault/);
  });

  test('refuses a history that was not read back', () => {
    expect(whyUnproven({ operations: good.operations }, 20)).toMatch(/read back/);
  });
});

function operation(key: string, result: Operation['result'], invokedAtMs = 0): Operation {
  return { key, intendedAtMs: invokedAtMs, invokedAtMs, completedAtMs: invokedAtMs + 1, result };
}
