import { DatabaseSync } from 'node:sqlite';
import { DedupeError } from '../errors.ts';
import type { LocalStore, RemoteStore, TransactionalStore } from '../store.ts';
import { wrong } from './address.ts';
import type { Guarantee } from './arguments.ts';

/** With SQLite the database too: marks and messages on their way are committed together. */
export type OpenedStore =
  | { readonly store: TransactionalStore; readonly database: DatabaseSync; readonly guarantee: Guarantee }
  | {
      readonly store: LocalStore | RemoteStore;
      readonly database: undefined;
      readonly guarantee: 'at-least-once';
    };

/**
 * Opens the store that `--store` names; only that store's code is loaded.
 * Throws HF-DEDUPE-OPTION, HF-DEDUPE-STORE-DENIED and HF-DEDUPE-TWIN.
 */
export async function openStore(address: string, deliver: Guarantee | undefined): Promise<OpenedStore> {
  const [, scheme, rest = ''] = /^([a-z]+):?(.*)$/s.exec(address) ?? [];
  if (scheme === 'sqlite' && rest !== '') {
    const { sqliteStore } = await import('../stores/sqlite.ts');
    const guarantee = deliver ?? 'exactly-once';
    const database = openDatabase(rest, guarantee);
    return { store: sqliteStore({ database }), database, guarantee };
  }
  if (deliver === 'exactly-once')
    throw wrong(
      '--deliver exactly-once without an SQLite store',
      'Use --store sqlite:PATH, or --deliver at-least-once.',
    );
  if (address === 'memory') {
    const { memoryStore } = await import('../stores/memory.ts');
    return { store: memoryStore(), database: undefined, guarantee: 'at-least-once' };
  }
  if (scheme === 'redis' || scheme === 'rediss') {
    const { redisStore } = await import('../stores/redis.ts');
    return { store: redisStore({ url: address }), database: undefined, guarantee: 'at-least-once' };
  }
  // Not repeated: it may hold a password.
  throw wrong(
    `there is no store "${scheme ?? ''}"`,
    'Write sqlite:/var/lib/cell-7/marks.db, memory or redis://10.0.0.9.',
  );
}

/** A predecessor that was just killed may still hold the lock for a moment. */
const BUSY_MS = 2000;

/** For this process alone. Exactly once waits for the disk, so that it holds over a loss of power as well. */
function openDatabase(path: string, guarantee: Guarantee): DatabaseSync {
  try {
    const database = new DatabaseSync(path);
    database.exec(`
      PRAGMA busy_timeout = ${BUSY_MS};
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${guarantee === 'exactly-once' ? 'FULL' : 'NORMAL'};
      BEGIN IMMEDIATE;
      COMMIT;
    `);
    return database;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new DedupeError(
        'HF-DEDUPE-TWIN',
        `${path} is in use by another process`,
        'Run this receiver once, or give each one its own --name and its own store.',
        { cause: error },
      );
    }
    throw new DedupeError(
      'HF-DEDUPE-STORE-DENIED',
      `${path} cannot be opened: ${error instanceof Error ? error.message : error}`,
      'Name a file in a directory that is there and that this user may write.',
      { cause: error },
    );
  }
}

/** https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
