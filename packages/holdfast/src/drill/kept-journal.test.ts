import { describe, expect, test } from 'vitest';
import type { Host } from '../hosts/index.ts';
import type { JournalEntry } from './evidence/index.ts';
import { gapsLeftBy, keepJournal } from './kept-journal.ts';

const mark = { bootId: 'first', cursor: 'c', realtimeUs: 0, monotonicUs: 0, misdatedBoots: [] };

describe('a journal that could not be kept before its machine booted', () => {
  test('leaves a gap where what was written to the disk ends before that', async () => {
    const kept = await keepJournal(member(1), clock);
    expect(kept).toMatchObject({ entries: [], failure: { atMs: 5000 } });
    const [gap, ...others] = gapsLeftBy(kept, mark, [entry('first', 4000), entry('second', 9000)]);
    expect(others).toEqual([]);
    expect(gap).toMatch(/^what alpha did before it booted is known in part only.*Input\/output error/);
  });

  test('leaves none where the disk took everything', async () => {
    const kept = await keepJournal(member(1), clock);
    expect(gapsLeftBy(kept, mark, [entry('first', 5600), entry('second', 9000)])).toEqual([]);
  });

  test('is none that was kept before, when the healing was tried again while the machine went down', async () => {
    const before = await keepJournal(member(0), clock);
    expect(await keepJournal(member(1), clock, before)).toBe(before);
    const failed = await keepJournal(member(1), clock);
    expect(await keepJournal(member(0), clock, failed)).not.toHaveProperty('failure');
    expect(await keepJournal(member(1), { ...clock, now: () => 6000 }, failed)).toMatchObject({
      failure: { atMs: 6000 },
    });
  });

  test('is not one that was kept, or that no healing asked for', async () => {
    const kept = await keepJournal(member(0), clock);
    expect(gapsLeftBy(kept, mark, [entry('second', 9000)])).toEqual([]);
    expect(gapsLeftBy(undefined, mark, [entry('second', 9000)])).toEqual([]);
  });
});

const clock = { now: () => 5000, monotonic: () => 0, sleep: () => Promise.reject(new Error('nobody sleeps here')) };

function member(exitCode: number) {
  const host: Host = {
    name: 'alpha',
    run: async () => ({ exitCode, stdout: '', stderr: 'journalctl: Input/output error\n' }),
    async *lines() {},
    async close() {},
  };
  return { host, mark, offset: { aheadMs: 0, uncertaintyMs: 0 } };
}

function entry(bootId: string, atMs: number): JournalEntry {
  return { host: 'alpha', atMs, bootId, identifier: '', message: '' };
}
