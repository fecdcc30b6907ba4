import { expect, test } from 'vitest';
import type { Clock } from '../../core/index.ts';
import type { Page } from './ledger-http.ts';
import { readBackCompletely } from './read-back.ts';

test('follows the pages to the end and keeps every copy', async () => {
  const stored = ['a', 'b', 'b', 'c'];
  expect(await read(async (after) => pageOf(stored, after))).toEqual(stored);
});

test('reads again until two reads agree, so that a write still on its way is seen', async () => {
  const stored = ['a'];
  let pages = 0;
  const keys = await read(async (after) => {
    pages += 1;
    if (pages === 2) stored.push('late');
    return pageOf(stored, after);
  });
  expect(keys).toEqual(['a', 'late']);
});

test('never returns what was read before an error', async () => {
  let pages = 0;
  const keys = await read(async (after) => {
    pages += 1;
    if (pages === 2) throw new Error('failover');
    return pageOf(['a', 'b', 'c'], after);
  });
  expect(keys).toEqual(['a', 'b', 'c']);
});

test('gives up with the reason when the pages go round in a circle', async () => {
  await expect(read(async () => ({ payments: [{ sequence: 1, key: 'a' }], next: 1 }))).rejects.toThrow(
    /do not advance/,
  );
});

function read(readPage: (after: number) => Promise<Page>): Promise<readonly string[]> {
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => {
      nowMs += 1;
      return nowMs;
    },
    sleep: async (ms) => {
      nowMs += ms;
    },
  };
  return readBackCompletely({ clock, readPage, timeoutMs: 10_000 });
}

function pageOf(stored: readonly string[], after: number): Page {
  const payments = stored.slice(after, after + 2).map((key, index) => ({ sequence: after + index + 1, key }));
  const next = after + payments.length;
  return { payments, ...(next < stored.length && { next }) };
}
