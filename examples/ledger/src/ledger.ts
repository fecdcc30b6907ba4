import { closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { groupCommit } from './group-commit.ts';

/** Who answers: the node, and the how-manieth start of the ledger on this database it is. */
export interface Identity {
  readonly node: string;
  readonly start: number;
}

/** A recorded payment, with the node and start that recorded it. */
export interface Payment extends Identity {
  readonly sequence: number;
  readonly key: string;
  readonly amount: number;
}

export interface Receipt {
  /** `new`: recorded now. `known`: recorded before with this amount. `conflict`: recorded before with another amount. */
  readonly outcome: 'new' | 'known' | 'conflict';
  readonly sequence: number;
}

export interface Page {
  readonly payments: readonly Payment[];
  /** The `after` of the next page; null when this is the last one. */
  readonly next: number | null;
}

export interface Ledger {
  readonly identity: Identity;
  /** Resolves once the payment is durable; rejects with NotDurableError when it is not. */
  pay(key: string, amount: number): Promise<Receipt>;
  /** Payments whose key begins with `prefix`, in order of sequence, those up to `after` left out. */
  list(after: number, limit: number, prefix: string): Page;
  /** Resolves when a write reached the disk and was read back within the last second, or else now. */
  prove(): Promise<void>;
  commitNow(): void;
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS starts (
    start INTEGER PRIMARY KEY AUTOINCREMENT,
    node TEXT NOT NULL,
    at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS payments (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL,
    start INTEGER NOT NULL REFERENCES starts (start)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS heartbeat (id INTEGER PRIMARY KEY CHECK (id = 1), beat INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO heartbeat VALUES (1, 0);
`;

const proofLastsMs = 1000;

/**
 * Opens or creates the database and records this start in it, durably.
 *
 * The journal is a write-ahead log flushed at each commit (`synchronous=FULL`): one fsync for each commit where a rollback
 * journal needs three or four. `locking_mode=EXCLUSIVE` keeps the log's index in memory and refuses a second process.
 *
 * @throws Error when the database cannot be opened, is in use, or does not accept these settings.
 */
export function openLedger(path: string, node: string): Ledger {
  const database = new DatabaseSync(path, { timeout: 0 });
  setPragma(database, 'locking_mode', 'EXCLUSIVE', 'exclusive');
  setPragma(database, 'journal_mode', 'WAL', 'wal');
  setPragma(database, 'synchronous', 'FULL', 2);

  // This commit flushes the whole log, and with it what a killed predecessor had committed but perhaps not flushed:
  // without it, a payment found in the database would not be proven durable.
  database.exec(`BEGIN IMMEDIATE; ${schema}`);
  const inserted = database.prepare('INSERT INTO starts (node, at) VALUES (?, ?)').run(node, new Date().toISOString());
  database.exec('COMMIT');
  syncDirectory(dirname(path));
  const identity: Identity = { node, start: Number(inserted.lastInsertRowid) };

  const opened = statSync(path);
  const commits = groupCommit(database, () => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.ino !== opened.ino || found.dev !== opened.dev) throw new Error(`${path} is no longer the file in use`);
  });
  const find = database.prepare('SELECT sequence, amount FROM payments WHERE key = ?');
  const insert = database.prepare('INSERT INTO payments (key, amount, start) VALUES (?, ?, ?)');
  const page = database.prepare(
    `SELECT sequence, key, amount, node, start FROM payments JOIN starts USING (start)
     WHERE sequence > :after AND key >= :first AND key < :beyond ORDER BY sequence LIMIT :limit`,
  );
  const raise = database.prepare('UPDATE heartbeat SET beat = beat + 1');
  const read = database.prepare('SELECT beat FROM heartbeat');
  let provenAtMs = Number.NEGATIVE_INFINITY;

  return {
    identity,
    async pay(key, amount) {
      const receipt = await commits.run((): Receipt => {
        const found = find.get(key);
        if (found !== undefined) {
          const outcome = numberIn(found, 'amount') === amount ? 'known' : 'conflict';
          return { outcome, sequence: numberIn(found, 'sequence') };
        }
        return { outcome: 'new', sequence: Number(insert.run(key, amount, identity.start).lastInsertRowid) };
      });
      return receipt;
    },
    list(after, limit, prefix) {
      // Keys are printable ASCII, so DEL sorts behind every key that begins with the prefix.
      const rows = page.all({ after, first: prefix, beyond: `${prefix}\x7f`, limit: limit + 1 });
      const payments = rows.slice(0, limit).map(paymentOf);
      return { payments, next: rows.length > limit ? (payments.at(-1)?.sequence ?? null) : null };
    },
    async prove() {
      if (performance.now() - provenAtMs < proofLastsMs) return;
      await commits.run(() => {
        const before = read.get();
        raise.run();
        const after = read.get();
        if (numberIn(after, 'beat') !== numberIn(before, 'beat') + 1) throw new Error('a write was not read back');
      });
      provenAtMs = performance.now();
    },
    commitNow: commits.flush,
    close: () => database.close(),
  };
}

function setPragma(database: DatabaseSync, name: string, value: string, expected: string | number): void {
  database.exec(`PRAGMA ${name} = ${value}`);
  const actual = database.prepare(`PRAGMA ${name}`).get()?.[name];
  if (actual !== expected) throw new Error(`SQLite kept ${name} at ${actual}; the ledger needs ${value}`);
}

/** SQLite flushes its files, but not the directory entry of a new database. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

type Row = Record<string, SQLOutputValue>;

function paymentOf(row: Row): Payment {
  return {
    sequence: numberIn(row, 'sequence'),
    key: String(row.key),
    amount: numberIn(row, 'amount'),
    node: String(row.node),
    start: numberIn(row, 'start'),
  };
}

function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value !== 'number') throw new Error(`column ${column} holds no number`);
  return value;
}
