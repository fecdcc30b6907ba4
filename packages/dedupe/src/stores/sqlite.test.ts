import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ages, type Step, steps, windows } from '../conformance/model.ts';
import { movableClock } from '../conformance/subject.ts';
import { dedupe } from '../index.ts';
import type { Window } from '../store.ts';
import { sqliteStore } from './sqlite.ts';

let database: DatabaseSync;

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE output (text TEXT)');
});
afterEach(() => database.close());

describe('marks in SQLite beside a simple model', () => {
  test('it says first and duplicate exactly as the window defines them, whatever comes and whenever', () => {
    fc.assert(
      fc.property(windows, steps, (window, each) => {
        expect(run(window, each)).toEqual(ages(window, each).map((age) => age < 0));
      }),
      { numRuns: 60 },
    );
  });

  function run(window: Window, each: readonly Step[]): boolean[] {
    const place = new DatabaseSync(':memory:');
    const clock = movableClock();
    const marks = sqliteStore({ database: place }).open(window, clock.now, () => undefined);
    const fresh = each.flatMap(({ waitMs, keys }) => {
      clock.advance(waitMs);
      const unseen = marks.unseen(keys);
      const marked = marks.mark(keys);
      // The others may have been pushed out meanwhile by the ones before them.
      expect(unseen[0]).toBe(marked[0]);
      return marked;
    });
    place.close();
    return fresh;
  }
});

test('what a transaction writes and marks is there together, or not at all', async () => {
  const unique = await open();
  const write = (first: readonly string[]) => {
    for (const text of first) database.prepare('INSERT INTO output VALUES (?)').run(text);
  };
  expect(unique.commit(['x', 'y', 'x'], write)).toEqual(['first', 'first', 'duplicate']);
  expect(() =>
    unique.commit(['y', 'z'], (first) => {
      write(first);
      throw new Error('the machine has stopped');
    }),
  ).toThrow('the machine has stopped');
  expect(texts()).toEqual(['x', 'y']);
  expect(unique.commit(['y', 'z'], write)).toEqual(['duplicate', 'first']);
  expect(texts()).toEqual(['x', 'y', 'z']);
  await unique.close();
});

test('work that would go on after the transaction is refused, and nothing is marked', async () => {
  const unique = await open();
  expect(() => unique.commit(['x'], async () => undefined)).toThrow(
    expect.objectContaining({ code: 'HF-DEDUPE-OPTION', message: expect.stringContaining('promise') }),
  );
  expect(unique.admit('x')).toBe('first');
  await unique.close();
});

test('a restart forgets nothing, whatever the clocks say and however long it took', async () => {
  const before = movableClock();
  const first = await open({ ms: 1000, count: 10 }, before.now);
  first.admit('x');
  before.advance(400);
  first.admit('y');
  await first.close();
  const after = movableClock();
  after.advance(-500_000);
  const second = await open({ ms: 1000, count: 10 }, after.now);
  expect(second.admitAll(['x', 'y'])).toEqual(['duplicate', 'duplicate']);
  after.advance(600);
  expect(second.admitAll(['x', 'y'])).toEqual(['first', 'duplicate']);
  await second.close();
});

test('a clock that is set back stands still, and forgets nothing', async () => {
  const clock = movableClock();
  const unique = await open({ ms: 1000, count: 10 }, clock.now);
  unique.admit('x');
  clock.advance(-5000);
  expect(unique.admit('x')).toBe('duplicate');
  clock.advance(5999);
  expect(unique.admit('x')).toBe('duplicate');
  clock.advance(1);
  expect(unique.admit('x')).toBe('first');
  await unique.close();
});

test('the table stays as small as the window, and a long pause is worked off step by step', async () => {
  const clock = movableClock();
  const unique = await open({ ms: 1000, count: 500 }, clock.now);
  const batch = (name: string, size: number) => Array.from({ length: size }, (_, n) => `${name}${n}`);
  unique.admitAll(batch('a', 2000));
  expect(rows()).toBe(500);
  clock.advance(5000);
  unique.admitAll(batch('b', 10));
  expect(rows()).toBe(500 - 120 + 10);
  for (let n = 0; n < 5; n += 1) unique.admitAll(batch(`c${n}.`, 10));
  expect(rows()).toBe(60);
  await unique.close();
});

test('a window that is made smaller is smaller from then on', async () => {
  const large = await open({ ms: 60_000, count: 100 });
  large.admitAll(Array.from({ length: 100 }, (_, n) => `n${n}`));
  await large.close();
  const small = await open({ ms: 60_000, count: 10 });
  expect(small.admitAll(['n99', 'n90', 'n89'])).toEqual(['duplicate', 'duplicate', 'first']);
  expect(rows()).toBe(10);
  await small.close();
});

function open(window: Window = { ms: 60_000, count: 100 }, clock = () => performance.now()) {
  return dedupe<string>({ key: (text) => text, window, store: sqliteStore({ database }), clock });
}

function texts(): unknown[] {
  return database
    .prepare('SELECT text FROM output ORDER BY text')
    .all()
    .map((row) => row.text);
}

function rows(): unknown {
  return database.prepare('SELECT count(*) AS rows FROM holdfast_dedupe').get()?.rows;
}
