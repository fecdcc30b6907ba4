import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.ts';
import type { StoreAddress } from './store-address.ts';

/**
 * Sends SIGSTOP. Where the lease lies in an SQLite file, not in the middle of a write to it: a process that is stopped there holds
 * the file's lock, and nobody can follow until it goes on or dies.
 *
 * @returns whether it is stopped; false: it was in such a write, and goes on
 */
export async function freeze({ process }: Child, store: StoreAddress): Promise<boolean> {
  process.kill('SIGSTOP');
  if (store.kind !== 'sqlite') return true;
  // It may run on for a moment, on another processor.
  await sleep(5);
  if (!isLocked(store.path)) return true;
  process.kill('SIGCONT');
  return false;
}

function isLocked(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
}
