import type { DatabaseSync } from 'node:sqlite';
import { ElectionError } from '../errors.ts';
import { type Gate, staleToken } from './gate.ts';

/**
 * Runs `work` in a transaction of the database that holds the protected rows, if no higher token has written to
 * `resource` before. Check and write are one transaction: nobody can come in between. Throws HF-ELECT-STALE-TOKEN.
 *
 * `work` must be synchronous, for the transaction ends when it returns: HF-ELECT-ASYNC-WORK, and nothing is written. An
 * async function is not even called; what another function does after it has returned a promise cannot be held back.
 *
 * The same in any SQL database: keep (resource, token) in a table, and begin each transaction with the statement below.
 */
export function writeFenced<T>(database: DatabaseSync, resource: string, token: number, work: () => T): T {
  if (work instanceof AsyncFunction) throw asyncWork(resource);
  database.exec('BEGIN IMMEDIATE');
  try {
    if (!raise(database, resource, token)) throw staleToken(token, resource);
    const result = work();
    if (isThenable(result)) throw asyncWork(resource);
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

const AsyncFunction = (async () => undefined).constructor;

function isThenable(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}

function asyncWork(resource: string): ElectionError {
  return new ElectionError(
    'HF-ELECT-ASYNC-WORK',
    `the work on ${resource} is asynchronous: it would go on writing after the transaction that checks the token`,
    'Await what is needed before, and give writeFenced a function that only writes and returns.',
  );
}

/** A gate that survives the end of its process. */
export function sqliteGate(database: DatabaseSync, resource: string): Gate {
  return { admits: (token) => Number.isSafeInteger(token) && raise(database, resource, token) };
}

function raise(database: DatabaseSync, resource: string, token: number): boolean {
  database.exec('CREATE TABLE IF NOT EXISTS fencing (resource TEXT PRIMARY KEY, token INTEGER NOT NULL) STRICT');
  const raised = database.prepare(
    `INSERT INTO fencing (resource, token) VALUES (?, ?)
     ON CONFLICT (resource) DO UPDATE SET token = excluded.token WHERE excluded.token >= fencing.token`,
  );
  return Number(raised.run(resource, token).changes) === 1;
}
