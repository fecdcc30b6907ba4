import { utimesSync, watch as watchFiles } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ElectionError } from '../errors.ts';
import type { LeaseStore, Versioned } from '../store.ts';

/**
 * A key in an SQLite file, for several processes on one host. The file must lie on a local disk: over NFS neither
 * SQLite's locks nor the change notices work.
 *
 * Each write waits for the disk, so that tokens do not go back when the power fails.
 *
 * @param path the file; created if it is not there
 */
export function sqliteStore(options: { readonly path: string; readonly key: string }): LeaseStore {
  const { key } = options;
  if (!options.path) {
    throw new ElectionError('HF-ELECT-OPTION', 'there is no path', "Give one, as in path: '/var/lib/press/lease.db'.");
  }
  const path = resolve(options.path);
  const database = open(path);
  const select = database.prepare('SELECT value FROM holdfast_election WHERE key = ?');
  const insert = database.prepare(
    'INSERT INTO holdfast_election (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING',
  );
  const update = database.prepare('UPDATE holdfast_election SET value = ? WHERE key = ? AND value = ?');

  // No content is ever written twice, so the content is its own revision.
  function current(): Versioned | undefined {
    const value = select.get(key)?.value;
    return typeof value === 'string' ? { revision: value, value } : undefined;
  }

  return {
    name: `SQLite at ${path}, key ${key}`,
    async read() {
      return current();
    },
    async write(value, ifRevision) {
      const { changes } = ifRevision === undefined ? insert.run(key, value) : update.run(value, key, ifRevision);
      if (Number(changes) !== 1) return { ok: false };
      announce(path);
      return { ok: true, revision: value };
    },
    async *watch(signal) {
      const file = basename(path);
      let changed = Promise.withResolvers<void>();
      const watcher = watchFiles(dirname(path), (_event, name) => {
        if (name === file) changed.resolve();
      });
      const end = () => changed.resolve();
      watcher.on('error', (error) => changed.reject(error));
      signal.addEventListener('abort', end, { once: true });
      try {
        let seen: Versioned | undefined;
        for (let first = true; !signal.aborted; first = false) {
          const next = changed;
          const now = current();
          if (first || now?.revision !== seen?.revision) yield now;
          seen = now;
          await next.promise;
          changed = Promise.withResolvers<void>();
        }
      } finally {
        watcher.close();
        signal.removeEventListener('abort', end);
      }
    },
    close: () => database.close(),
  };
}

/**
 * Touches the file, which other processes watch. The commit's own writes are no sign: the write-ahead log changes before
 * the commit can be read, and what makes it readable is shared memory.
 *
 * The write is done by now, so nothing that goes wrong here may make it fail. Only the file's owner and root may touch it,
 * for instance: then the others learn of the change when they next read, at the latest after a lease.
 */
function announce(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Nobody is woken.
  }
}

function open(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`);
    database.exec('CREATE TABLE IF NOT EXISTS holdfast_election (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
    return database;
  } catch (error) {
    throw new ElectionError(
      'HF-ELECT-STORE-DENIED',
      `${path} cannot be opened as an SQLite database: ${error instanceof Error ? error.message : String(error)}`,
      isOtherContent(error)
        ? 'Give another path: this file is something else. One that does not exist yet is created.'
        : 'Give a file in a directory that exists and that this user may write.',
      { cause: error },
    );
  }
}

/** SQLITE_NOTADB (https://www.sqlite.org/rescode.html#notadb). */
function isOtherContent(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 26;
}

/** While it waits for another process's write, node:sqlite blocks the event loop. */
const BUSY_MS = 20;
