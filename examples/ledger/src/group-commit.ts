import type { DatabaseSync } from 'node:sqlite';

/** The write was not made durable, or it is not known to be. Nothing of it was answered. */
export class NotDurableError extends Error {
  override readonly name = 'NotDurableError';
}

export interface GroupCommit {
  /**
   * Runs `write` inside the next transaction and resolves with what it returned once COMMIT has returned.
   * Rejects with NotDurableError when the queue is full or the transaction failed.
   */
  run<T>(write: () => T): Promise<T>;
  /** Commits now what would be committed at the end of this turn. */
  flush(): void;
}

interface Pending {
  readonly write: () => void;
  readonly resolve: () => void;
  readonly reject: (error: NotDurableError) => void;
}

/** More than this many writes in one turn are refused rather than queued without bound. */
const maxPending = 2048;

/**
 * Puts all writes that arrive in one turn of the event loop into one transaction, so that they share one flush of the
 * disk. While the disk is busy the loop stands still and the next turn's writes gather in the kernel: the slower the
 * disk, the larger the groups.
 *
 * @param verify is called after each COMMIT and throws when what was committed cannot be relied upon.
 */
export function groupCommit(database: DatabaseSync, verify: () => void): GroupCommit {
  let pending: Pending[] = [];
  let broken: string | undefined;

  const flush = (): void => {
    const group = pending;
    pending = [];
    if (group.length === 0) return;
    try {
      if (broken !== undefined) throw new Error(broken);
      commit(database, group);
      verify();
    } catch (error) {
      if (isSyncFailure(error))
        broken = 'the disk failed to flush; nothing written since can be trusted until a restart';
      const refusal = new NotDurableError(`not written: ${reasonOf(error)}`);
      for (const each of group) each.reject(refusal);
      return;
    }
    for (const each of group) each.resolve();
  };

  return {
    run: (write) =>
      new Promise((resolve, reject) => {
        if (pending.length >= maxPending) {
          reject(new NotDurableError(`${maxPending} writes are waiting already`));
          return;
        }
        if (pending.length === 0) setImmediate(flush);
        let answer: () => void = () => {};
        pending.push({
          write: () => {
            const result = write();
            answer = () => resolve(result);
          },
          resolve: () => answer(),
          reject,
        });
      }),
    flush,
  };
}

function commit(database: DatabaseSync, group: readonly Pending[]): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const each of group) each.write();
    database.exec('COMMIT');
  } catch (error) {
    // SQLite has already rolled back after some errors (a full disk), but not after others.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC (sqlite.org/rescode.html). After a failed fsync Linux forgets which pages
 * were not written, so that the next fsync succeeds without them: the only safe answer is no more answers.
 */
function isSyncFailure(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (error.errcode === 1034 || error.errcode === 1290);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
