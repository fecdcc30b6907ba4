import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { groupCommit, NotDurableError } from './group-commit.ts';

function numbers(): { database: DatabaseSync; add: (n: number) => void; all: () => unknown[] } {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE numbers (n INTEGER UNIQUE)');
  const insert = database.prepare('INSERT INTO numbers VALUES (?)');
  const all = database.prepare('SELECT n FROM numbers ORDER BY n');
  return { database, add: (n) => void insert.run(n), all: () => all.all().map((row) => row.n) };
}

test('writes of one turn share one commit, and each gets its own answer', async () => {
  const { database, add, all } = numbers();
  let commits = 0;
  const group = groupCommit(database, () => {
    commits += 1;
  });
  const answers = await Promise.all(
    [1, 2, 3].map((n) =>
      group.run(() => {
        add(n);
        return n * 10;
      }),
    ),
  );
  expect(answers).toEqual([10, 20, 30]);
  expect(all()).toEqual([1, 2, 3]);
  expect(commits).toBe(1);
});

test('a write that fails takes its whole group with it, and the next group is committed', async () => {
  const { database, add, all } = numbers();
  const group = groupCommit(database, () => {});
  const first = await Promise.allSettled([group.run(() => add(1)), group.run(() => add(1))]);
  expect(first.map((each) => each.status)).toEqual(['rejected', 'rejected']);
  expect(all()).toEqual([]);
  await group.run(() => add(2));
  expect(all()).toEqual([2]);
});

test('no answer is given before the commit was verified', async () => {
  const { database, add } = numbers();
  const group = groupCommit(database, () => {
    throw new Error('the file is gone');
  });
  await expect(group.run(() => add(1))).rejects.toThrow('not written: the file is gone');
});

test.each([1034, 1290])('after a failed flush (SQLite code %d) nothing is ever answered again', async (errcode) => {
  const { database, add } = numbers();
  let failing = true;
  const group = groupCommit(database, () => {
    if (failing) throw Object.assign(new Error('disk I/O error'), { errcode });
  });
  await expect(group.run(() => add(1))).rejects.toBeInstanceOf(NotDurableError);
  failing = false;
  await expect(group.run(() => add(2))).rejects.toThrow('until a restart');
});

test('after any other failed commit the next one is tried', async () => {
  const { database, add } = numbers();
  let failing = true;
  const group = groupCommit(database, () => {
    if (failing) throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
  });
  await expect(group.run(() => add(1))).rejects.toBeInstanceOf(NotDurableError);
  failing = false;
  await group.run(() => add(2));
});

test('more writes than the queue holds are refused at once', async () => {
  const { database } = numbers();
  const group = groupCommit(database, () => {});
  const answers = await Promise.allSettled(Array.from({ length: 2050 }, () => group.run(() => {})));
  expect(answers.filter((each) => each.status === 'rejected')).toHaveLength(2);
});
