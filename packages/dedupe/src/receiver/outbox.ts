import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Outgoing, Properties } from './message.ts';

/**
 * A message on its way out. `packetId` is MQTT's number for it, the same until the broker has confirmed all of it, also
 * over a restart: by it the broker knows a repetition.
 */
export interface Entry extends Outgoing {
  readonly packetId: number;
  /** The broker has the message (PUBREC): from here on only its release is repeated, never the message. */
  readonly released: boolean;
  /** Of the message, if it has one: while it is on its way, whatever comes with this key is a copy of it. */
  readonly key: string | undefined;
}

/** Messages marked as delivered but not yet confirmed by the broker, in the database that holds the marks. */
export interface Outbox {
  /** Name of the broker's session that the packet ids belong to. It is as old as the file: a lost file begins a new one. */
  readonly clientId: string;
  /** What the last process left, oldest first. */
  readonly left: readonly Entry[];
  insert(entry: Entry): void;
  release(packetId: number): void;
  remove(packetId: number): void;
  /** The broker has forgotten the session: everything must be published as if it never was. In a transaction of its own. */
  forgetReleases(): void;
  /** Runs `work` in one transaction. Not to be called in one. */
  together(work: () => void): void;
}

/** @param destination the output broker and the quality of service; packet ids mean nothing to another */
export function openOutbox(database: DatabaseSync, name: string, destination: string): Outbox {
  database.exec(`
    CREATE TABLE IF NOT EXISTS holdfast_dedupe_outbox (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      packet_id INTEGER NOT NULL UNIQUE,
      topic TEXT NOT NULL,
      payload BLOB NOT NULL,
      properties TEXT NOT NULL,
      key TEXT,
      released INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS holdfast_dedupe_session (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      client_id TEXT NOT NULL,
      destination TEXT NOT NULL
    ) STRICT;
  `);
  addKeyColumn(database);
  const insert = database.prepare(
    'INSERT INTO holdfast_dedupe_outbox (packet_id, topic, payload, properties, key) VALUES (?, ?, ?, ?, ?)',
  );
  const release = database.prepare('UPDATE holdfast_dedupe_outbox SET released = 1 WHERE packet_id = ?');
  const remove = database.prepare('DELETE FROM holdfast_dedupe_outbox WHERE packet_id = ?');
  const forgetReleases = database.prepare('UPDATE holdfast_dedupe_outbox SET released = 0');
  const session = database.prepare('SELECT client_id, destination FROM holdfast_dedupe_session').get();

  function together(work: () => void): void {
    database.exec('BEGIN IMMEDIATE');
    try {
      work();
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  let clientId = String(session?.client_id);
  if (session?.destination !== destination) {
    clientId = `${name}-to-${randomBytes(6).toString('hex')}`;
    together(() => {
      database.prepare('INSERT OR REPLACE INTO holdfast_dedupe_session VALUES (1, ?, ?)').run(clientId, destination);
      forgetReleases.run();
    });
  }

  return {
    clientId,
    left: database
      .prepare(
        'SELECT packet_id, topic, payload, properties, key, released FROM holdfast_dedupe_outbox ORDER BY position',
      )
      .all()
      .map((row) => ({
        packetId: Number(row.packet_id),
        topic: String(row.topic),
        payload: row.payload instanceof Uint8Array ? Buffer.from(row.payload) : Buffer.alloc(0),
        properties: propertiesIn(String(row.properties)),
        released: row.released === 1,
        key: typeof row.key === 'string' ? row.key : undefined,
      })),
    insert: ({ packetId, topic, payload, properties, key }) =>
      void insert.run(packetId, topic, payload, JSON.stringify(properties), key ?? null),
    release: (packetId) => void release.run(packetId),
    remove: (packetId) => void remove.run(packetId),
    forgetReleases: () => together(() => void forgetReleases.run()),
    together,
  };
}

/** A file of an earlier version has none. */
function addKeyColumn(database: DatabaseSync): void {
  const columns = database.prepare("SELECT name FROM pragma_table_info('holdfast_dedupe_outbox')").all();
  if (!columns.some(({ name }) => name === 'key'))
    database.exec('ALTER TABLE holdfast_dedupe_outbox ADD COLUMN key TEXT');
}

/** As this file wrote it; a Buffer became {type: "Buffer", data: […]}. */
function propertiesIn(text: string): Properties {
  return JSON.parse(text, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    return 'type' in value && value.type === 'Buffer' && 'data' in value && Array.isArray(value.data)
      ? Buffer.from(value.data)
      : value;
  });
}
