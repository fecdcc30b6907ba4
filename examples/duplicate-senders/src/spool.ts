import { DatabaseSync } from 'node:sqlite';

export interface Spooled {
  readonly number: number;
  readonly message: string;
}

/**
 * What a sender has accepted and the broker has not yet acknowledged, on disk. A sender that is killed publishes it first
 * when it is started again, and then goes on reading after `position()`.
 */
export interface Spool {
  /** Number of the last reading accepted. */
  position(): number;
  /** Keeps these and moves the position, in one transaction. On disk when it returns. */
  accept(messages: readonly Spooled[]): void;
  /** The oldest that are not acknowledged. */
  oldest(count: number): Spooled[];
  acknowledged(upTo: number): void;
  /** Number of the oldest reading that is not yet acknowledged or not yet accepted. */
  next(): number;
  close(): void;
}

export function openSpool(path: string): Spool {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA busy_timeout = 1000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS spool (number INTEGER PRIMARY KEY, message TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL);
    INSERT OR IGNORE INTO position VALUES (1, 0);
  `);
  // An acknowledgement that is forgotten in a power cut costs a repetition: it need not wait for the disk.
  const relaxed = new DatabaseSync(path);
  relaxed.exec('PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 1000');
  const readPosition = database.prepare('SELECT number FROM position');
  const movePosition = database.prepare('UPDATE position SET number = ?');
  const insert = database.prepare('INSERT INTO spool VALUES (?, ?)');
  const select = database.prepare('SELECT number, message FROM spool ORDER BY number LIMIT ?');
  const remove = relaxed.prepare('DELETE FROM spool WHERE number <= ?');
  const position = () => Number(readPosition.get()?.number);
  const oldest = (count: number) =>
    select.all(count).map((row) => ({ number: Number(row.number), message: String(row.message) }));
  return {
    position,
    accept(messages) {
      const last = messages.at(-1);
      if (last === undefined) return;
      database.exec('BEGIN IMMEDIATE');
      for (const { number, message } of messages) insert.run(number, message);
      movePosition.run(last.number);
      database.exec('COMMIT');
    },
    oldest,
    acknowledged: (upTo) => void remove.run(upTo),
    next: () => oldest(1)[0]?.number ?? position() + 1,
    close() {
      relaxed.close();
      database.close();
    },
  };
}
