import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lead } from '../index.ts';
import { sqliteStore } from './sqlite.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'election-sqlite-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test('a candidate that may not touch the file, so that nobody is woken, leads all the same', async () => {
  const path = join(directory, 'lease.db');
  const store = sqliteStore({ path, key: 'press' });
  // As when the file is another user's: what is written through the open file arrives, the touch by its name fails.
  renameSync(path, join(directory, 'moved.db'));
  const signal = AbortSignal.timeout(10_000);
  expect(await store.write('first', undefined, signal)).toEqual({ ok: true, revision: 'first' });
  expect(await store.write('second', 'first', signal)).toEqual({ ok: true, revision: 'second' });
  store.close?.();
});

const mayChangeUser = process.seteuid !== undefined && process.getuid?.() === 0;

test.skipIf(!mayChangeUser)('a file of another user can be led by', async () => {
  const path = join(directory, 'lease.db');
  sqliteStore({ path, key: 'press' }).close?.();
  chmodSync(directory, 0o777);
  for (const file of readdirSync(directory)) chmodSync(join(directory, file), 0o666);
  process.seteuid?.(65_534);
  try {
    const store = sqliteStore({ path, key: 'press' });
    expect(await lead({ store, leaseMs: 200, signal: AbortSignal.timeout(10_000) }, () => 'led')).toBe('led');
    store.close?.();
  } finally {
    process.seteuid?.(0);
  }
});
