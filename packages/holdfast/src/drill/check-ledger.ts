import type { History, LedgerCount } from './types.ts';

/**
 * Counts what became of every write: Jepsen's total-queue over idempotency keys.
 *
 * Source: jepsen-io/jepsen, jepsen/src/jepsen/checker.clj, `total-queue`. Every invoked write is attempted, whatever its
 * result; only `ok` is acknowledged. The four counts that need the final read are null when there is none: a history that
 * was not read back proves nothing about loss.
 */
export function checkLedger(history: History): LedgerCount {
  const attempted = new Set(history.operations.map((operation) => operation.key));
  const acknowledged = new Set(history.operations.filter(({ result }) => result === 'ok').map(({ key }) => key));
  const counts = { attempted: attempted.size, acknowledged: acknowledged.size };
  if (history.finalRead === undefined) {
    return { ...counts, lost: null, duplicated: null, recovered: null, unexpected: null };
  }
  const readBack = new Set(history.finalRead);
  return {
    ...counts,
    lost: count(acknowledged, (key) => !readBack.has(key)),
    duplicated: history.finalRead.length - readBack.size,
    recovered: count(readBack, (key) => attempted.has(key) && !acknowledged.has(key)),
    unexpected: count(readBack, (key) => !attempted.has(key)),
  };
}

/**
 * Why a history proves nothing about loss, in words; undefined when it does.
 * A drill without one acknowledged write, without a complete final read, or without a write tried after the fault would
 * pass every count above.
 */
export function whyUnproven(history: History, faultAtMs: number): string | undefined {
  if (!history.operations.some(({ result }) => result === 'ok')) {
    return 'not one write was acknowledged, so there was nothing to lose';
  }
  if (!history.operations.some(({ invokedAtMs }) => invokedAtMs >= faultAtMs)) {
    return 'no write was tried after the fault';
  }
  if (history.finalRead === undefined) return 'the workload could not be read back completely';
  return undefined;
}

function count(keys: ReadonlySet<string>, isCounted: (key: string) => boolean): number {
  return [...keys].filter(isCounted).length;
}
