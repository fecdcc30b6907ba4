import type { DatabaseSync } from 'node:sqlite';
import { type Gate, staleToken } from './gate.ts';

/**
 * Runs `work` in a transaction of the database that holds the protected rows, if no higher token has written to
 * `resource` before. Check and write are one transaction: nobody can come in between. Throws HF-ELECT-STALE-TOKEN.
 *
 * The same in any SQL database: keep (resource, token) in a table, and begin each transaction with the statement below.
 */
export function writeFenced<T>(database: DatabaseSync, resource: string, token: number, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    if (!raise(database, resource, token)) throw staleToken(token, resource);
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
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
