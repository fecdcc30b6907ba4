import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { memoryStore } from '../stores/memory.ts';
import { sqliteStore } from '../stores/sqlite.ts';
import { conforms } from './conformance.ts';
import { movableClock } from './subject.ts';

conforms('memory', async () => ({
  store: () => memoryStore(),
  clock: movableClock(),
  slackMs: 0,
  boundsCount: true,
  isShared: false,
  looks: true,
  stop: () => undefined,
}));

conforms('SQLite, a file of its own', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dedupe-sqlite-'));
  const path = join(directory, 'marks.db');
  return {
    store: (table) => sqliteStore({ path, table }),
    clock: movableClock(),
    slackMs: 0,
    boundsCount: true,
    isShared: true,
    looks: true,
    occupy(table) {
      const database = new DatabaseSync(path);
      database.exec(`CREATE TABLE ${table} (recipe TEXT)`);
      database.close();
    },
    stop: () => rmSync(directory, { recursive: true }),
  };
});

conforms('SQLite, the consumer’s database', async () => {
  const database = new DatabaseSync(':memory:');
  return {
    store: (table) => sqliteStore({ database, table }),
    clock: movableClock(),
    slackMs: 0,
    boundsCount: true,
    isShared: true,
    looks: true,
    occupy: (table) => database.exec(`CREATE TABLE ${table}_state (recipe TEXT)`),
    stop: () => database.close(),
  };
});
