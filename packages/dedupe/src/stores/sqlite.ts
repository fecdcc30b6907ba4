import { DatabaseSync } from 'node:sqlite';
import { DedupeError, messageOf } from '../errors.ts';
import { optionError } from '../options.ts';
import type { Clock, LocalMarks, LocalStore, TransactionalStore, Window } from '../store.ts';
import { heldKey } from './held-key.ts';

export interface SqliteFile {
  /** Created if it is not there. On a local disk: over NFS SQLite's locks do not work. */
  readonly path: string;
  /** The table's name; one for each dedupe that shares the file. Default `holdfast_dedupe`. */
  readonly table?: string;
}

export interface SqliteDatabase {
  /** The connection through which the consumer writes too. It stays the caller's, with its pragmas. */
  readonly database: DatabaseSync;
  readonly table?: string;
}

/**
 * Marks in an SQLite table. They survive a kill of the process at any instruction.
 *
 * With the consumer's own `database`, `commit` writes the marks in the transaction of the consumer's writes: what is
 * marked is written and what is written is marked, whatever dies when. That holds after a loss of power too; how much
 * of the end is then missing depends on `PRAGMA synchronous`: FULL loses nothing that was committed.
 *
 * With a `path` the marks have a file of their own, and are made after the work (`handle`, `filter`). A kill between the
 * two lets copies of the last messages pass. So may a loss of power, because these marks do not wait for the disk.
 *
 * Several receivers may share a table if all use `admit` or `commit`.
 *
 * The window's time passes only while a process has the store open, by its monotonic clock: no clock that is set, and no
 * time switched off, makes it forget.
 */
export function sqliteStore(options: SqliteDatabase): TransactionalStore;
export function sqliteStore(options: SqliteFile): LocalStore;
export function sqliteStore(options: SqliteDatabase | SqliteFile): LocalStore {
  const table = options.table ?? 'holdfast_dedupe';
  if (!/^[a-z_][a-z0-9_]{0,59}$/i.test(table)) {
    throw optionError(`the table name ${JSON.stringify(table)}`, 'Give letters, digits and underscores, at most 60.');
  }
  if ('database' in options) {
    const name = `SQLite table ${table}`;
    return { kind: 'local', name, open: (window, clock) => marksIn(options.database, { table, name, window, clock }) };
  }
  const name = `SQLite at ${options.path}, table ${table}`;
  return {
    kind: 'local',
    name,
    open(window, clock) {
      const database = openFile(options.path);
      const marks = marksIn(database, { table, name, window, clock });
      return {
        mark: marks.mark,
        unseen: marks.unseen,
        get forgottenEarly() {
          return marks.forgottenEarly;
        },
        close: () => database.close(),
      };
    },
  };
}

interface Place {
  readonly table: string;
  readonly name: string;
  readonly window: Window;
  readonly clock: Clock;
}

/**
 * Marks are numbered in the order in which they came. One is in the window if its number is not below `lowest` and its
 * time not up to `overMs`; others count as absent until they are swept.
 */
function marksIn(database: DatabaseSync, { table, name, window, clock }: Place): Required<Omit<LocalMarks, 'table'>> {
  const guarded = guardOf(name);
  guarded(() => createTables(database, table, name));
  const readState = database.prepare(`SELECT next_id AS nextId, now_ms AS nowMs FROM ${table}_state`);
  const writeState = database.prepare(`UPDATE ${table}_state SET next_id = ?, now_ms = ?`);
  const upsert = database.prepare(
    `INSERT INTO ${table} (id, key, at_ms) VALUES (?1, ?2, ?3)
     ON CONFLICT (key) DO UPDATE SET id = ?1, at_ms = ?3 WHERE id < ?4 OR at_ms <= ?5`,
  );
  const select = database.prepare(
    `SELECT asked.key AS at FROM json_each(?) AS asked CROSS JOIN ${table} AS marks ON marks.key = asked.value
     WHERE marks.id >= ? AND marks.at_ms > ?`,
  );
  const oldest = database.prepare(`SELECT id, at_ms AS atMs FROM ${table} ORDER BY id LIMIT 1`);
  const sweepTime = database.prepare(
    `DELETE FROM ${table} WHERE id <= (SELECT max(id) FROM
       (SELECT id, at_ms FROM ${table} ORDER BY id LIMIT ?) WHERE at_ms <= ?)`,
  );
  const sweepCount = database.prepare(`DELETE FROM ${table} WHERE id < ?`);

  const originMs = clock();
  const bornMs = numberIn(
    guarded(() => readState.get()),
    'nowMs',
  );
  let forgottenEarly = 0;
  let inTransaction = false;

  /** Other processes may have gone on meanwhile, so it is read for each batch. */
  function state(): { nextId: number; nowMs: number } {
    const row = readState.get();
    return {
      nextId: numberIn(row, 'nextId'),
      nowMs: Math.max(numberIn(row, 'nowMs'), bornMs + Math.floor(clock() - originMs)),
    };
  }

  /** The oldest mark's number if its time is not over, once those before it are swept. */
  function sweepOver(batch: number, overMs: number): number | undefined {
    const isOver = () => numberIn(oldest.get(), 'atMs') <= overMs;
    // A little more than what comes, so that it keeps pace and no batch pays for a long pause.
    if (isOver()) sweepTime.run(2 * batch + 100, overMs);
    return isOver() ? undefined : numberIn(oldest.get(), 'id');
  }

  function markAll(keys: readonly string[]): boolean[] {
    const { nextId, nowMs } = state();
    const overMs = nowMs - window.ms;
    const oldestId = sweepOver(keys.length, overMs);
    let id = nextId;
    const fresh = keys.map((key) => {
      const isFresh = Number(upsert.run(id, heldKey(key), nowMs, id - window.count, overMs).changes) === 1;
      if (isFresh) id += 1;
      return isFresh;
    });
    const lowest = id - window.count;
    if (oldestId !== undefined) forgottenEarly += Math.max(0, lowest - Math.max(oldestId, nextId - window.count));
    sweepCount.run(lowest);
    writeState.run(id, nowMs);
    return fresh;
  }

  function transaction<T>(work: () => T): T {
    guarded(() => database.exec('BEGIN IMMEDIATE'));
    inTransaction = true;
    try {
      const result = work();
      guarded(() => database.exec('COMMIT'));
      return result;
    } catch (error) {
      rollBack(database);
      throw error;
    } finally {
      inTransaction = false;
    }
  }

  return {
    mark(keys) {
      const run = () => guarded(() => markAll(keys));
      return inTransaction ? run() : transaction(run);
    },
    unseen(keys) {
      return guarded(() => {
        const { nextId, nowMs } = state();
        // All in one question, which also is one transaction.
        const asked = JSON.stringify(keys.map(heldKey));
        const fresh = keys.map(() => true);
        for (const row of select.iterate(asked, nextId - window.count, nowMs - window.ms)) {
          fresh[numberIn(row, 'at')] = false;
        }
        return fresh;
      });
    },
    transaction,
    get forgottenEarly() {
      return forgottenEarly;
    },
    close: () => undefined,
  };
}

function createTables(database: DatabaseSync, table: string, name: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const columns = (of: string) =>
      database
        .prepare(`SELECT name FROM pragma_table_info('${of}')`)
        .all()
        .map((each) => each.name)
        .join();
    const found = [columns(table), columns(`${table}_state`)];
    if (found.join() === ',') {
      database.exec(
        `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, at_ms INTEGER NOT NULL) STRICT;
         CREATE TABLE ${table}_state (next_id INTEGER NOT NULL, now_ms INTEGER NOT NULL) STRICT;
         INSERT INTO ${table}_state VALUES (0, 0)`,
      );
    } else if (found[0] !== 'id,key,at_ms' || found[1] !== 'next_id,now_ms') {
      throw new DedupeError(
        'HF-DEDUPE-FOREIGN-STORE',
        `${name}: ${table} or ${table}_state is a table that no dedupe made`,
        'Give another name with table.',
      );
    }
    database.exec('COMMIT');
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** A failed COMMIT may have rolled back already; then there is nothing left to do. */
function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {}
}

function openFile(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path);
    database.exec(
      `PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536`,
    );
    return database;
  } catch (error) {
    throw new DedupeError(
      'HF-DEDUPE-STORE-DENIED',
      `${path} cannot be opened as an SQLite database: ${messageOf(error)}`,
      'Give a file in a directory that exists and that this user may write.',
      { cause: error },
    );
  }
}

/** While it waits for another process's write, node:sqlite blocks the event loop. */
const BUSY_MS = 1000;

function guardOf(name: string): <T>(call: () => T) => T {
  return (call) => {
    try {
      return call();
    } catch (error) {
      if (error instanceof DedupeError) throw error;
      throw new DedupeError(
        'HF-DEDUPE-STORE-FAILED',
        `${name}: ${messageOf(error)}`,
        'Look at the file, its disk and who else has it open.',
        { cause: error },
      );
    }
  };
}

function numberIn(row: Record<string, unknown> | undefined, column: string): number {
  const value = row?.[column];
  return typeof value === 'number' ? value : 0;
}
