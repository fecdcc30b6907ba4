import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '../stores/memory.ts';
import { sqliteStore } from '../stores/sqlite.ts';
import { conforms } from './conformance.ts';

conforms('memory', async () => {
  const keys = new Map<string, ReturnType<typeof memoryStore>>();
  return {
    open(key) {
      const store = keys.get(key) ?? memoryStore();
      keys.set(key, store);
      return store;
    },
    stop: () => undefined,
  };
});

conforms('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'election-sqlite-'));
  return {
    open: (key) => sqliteStore({ path: join(directory, 'lease.db'), key }),
    stop: () => rmSync(directory, { recursive: true }),
  };
});
