import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { dedupe, type TransactionalDedupe, type Verdict } from '../dedupe.ts';
import { sqliteStore } from '../stores/sqlite.ts';
import type { Copy } from './copy.ts';
import { plainDelivery, transactionalDelivery } from './deliver.ts';
import { openOutbox } from './outbox.ts';
import type { Output } from './output.ts';
import { type WindowClock, windowClock } from './window-clock.ts';

/** Turns of the event loop, not time: a busy machine changes nothing. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** An output that keeps what it was given until the test confirms it. */
function fakeOutput() {
  const sent: { readonly topic: string; readonly packetId: number; confirm(): void }[] = [];
  const output: Pick<Output, 'send'> = {
    send: ({ topic, packetId }, done) => void sent.push({ topic, packetId, confirm: done }),
  };
  return { sent, output };
}

function fakeCopy(key: string | undefined, acknowledged: string[], name = key ?? 'none'): Copy {
  return {
    key,
    topic: 'cell-7/a',
    payload: Buffer.from(name),
    userProperties: undefined,
    properties: {},
    isRepeated: false,
    acknowledge: () => void acknowledged.push(name),
  };
}

/** Marks in a set; `commit` as the library promises it. */
function fakeDedupe() {
  const marks = new Set<string>();
  return {
    commit(copies: readonly Copy[], work: (first: readonly Copy[]) => void): Verdict[] {
      const first = copies.filter(
        ({ key }, at) => !key || (!marks.has(key) && copies.findIndex((each) => each.key === key) === at),
      );
      if (first.length > 0) work(first);
      for (const { key } of first) if (key) marks.add(key);
      return copies.map((copy) => (first.includes(copy) ? 'first' : 'duplicate'));
    },
    async handle(copy: Copy, work: (copy: Copy) => unknown): Promise<Verdict> {
      if (copy.key && marks.has(copy.key)) return 'duplicate';
      await work(copy);
      if (copy.key) marks.add(copy.key);
      return 'first';
    },
  };
}

/** @param dedupe by default one whose window never ends */
function transactional(
  database = new DatabaseSync(':memory:'),
  dedupe: Pick<TransactionalDedupe<Copy>, 'commit'> = fakeDedupe(),
  clock: Pick<WindowClock, 'hold' | 'goOn'> = windowClock(() => 0),
) {
  const { sent, output } = fakeOutput();
  const failures: unknown[] = [];
  const outbox = openOutbox(database, 'press', 'broker');
  const delivery = transactionalDelivery(dedupe, outbox, clock, {
    output: () => output,
    topicFor: (topic) => `out/${topic}`,
    fail: (error) => void failures.push(error),
  });
  const stored = () => openOutbox(database, 'press', 'broker').left;
  return { delivery, sent, failures, stored, database };
}

test('a message is stored before it is published, and acknowledged and removed after it was confirmed', async () => {
  const { delivery, sent, stored } = transactional();
  const acknowledged: string[] = [];
  delivery.receive(fakeCopy('1', acknowledged));
  expect(sent).toEqual([]);
  await settled();
  expect(stored()).toHaveLength(1);
  expect(sent.map(({ topic }) => topic)).toEqual(['out/cell-7/a']);
  expect(acknowledged).toEqual([]);
  sent[0]?.confirm();
  expect(acknowledged).toEqual(['1']);
  await settled();
  expect(stored()).toEqual([]);
  expect(delivery.waiting).toBe(0);
});

test('a copy of a message on its way is acknowledged with it, a later one at once', async () => {
  const { delivery, sent } = transactional();
  const acknowledged: string[] = [];
  delivery.receive(fakeCopy('1', acknowledged, 'from A'));
  delivery.receive(fakeCopy('1', acknowledged, 'from B'));
  await settled();
  delivery.receive(fakeCopy('1', acknowledged, 'from A again'));
  await settled();
  expect(sent).toHaveLength(1);
  expect(acknowledged).toEqual([]);
  sent[0]?.confirm();
  expect(acknowledged).toEqual(['from A', 'from B', 'from A again']);
  delivery.receive(fakeCopy('1', acknowledged, 'late'));
  await settled();
  expect(acknowledged.at(-1)).toBe('late');
});

test('messages without a key all pass', async () => {
  const { delivery, sent } = transactional();
  const acknowledged: string[] = [];
  for (let times = 0; times < 3; times += 1) delivery.receive(fakeCopy(undefined, acknowledged));
  await settled();
  expect(sent).toHaveLength(3);
  for (const each of sent) each.confirm();
  expect(acknowledged).toHaveLength(3);
});

test('the broker is told to deliver only when it is on disk that it has the message', async () => {
  const { delivery, sent, stored } = transactional();
  delivery.receive(fakeCopy('1', []));
  await settled();
  const steps: string[] = [];
  delivery.release(sent[0]?.packetId ?? 0, () => steps.push(`released in the file: ${stored()[0]?.released}`));
  expect(steps).toEqual([]);
  await settled();
  expect(steps).toEqual(['released in the file: true']);
});

test('no more than 256 messages are on their way, and each that is confirmed makes room', async () => {
  const { delivery, sent } = transactional();
  for (let number = 0; number < 300; number += 1) delivery.receive(fakeCopy(String(number), []));
  await settled();
  expect(sent).toHaveLength(256);
  expect(delivery.waiting).toBe(44);
  for (const each of sent.slice(0, 50)) each.confirm();
  await settled();
  expect(sent).toHaveLength(300);
  expect(new Set(sent.map(({ packetId }) => packetId)).size).toBe(300);
});

/** Real marks with a window of 2 s, over a clock that the test sets. */
async function withWindow() {
  const database = new DatabaseSync(':memory:');
  let nowMs = 0;
  const clock = windowClock(() => nowMs);
  const marks = await dedupe<Copy>({
    key: ({ key }) => key,
    window: { ms: 2000, count: 10_000 },
    store: sqliteStore({ database }),
    clock: clock.now,
  });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { ...transactional(database, marks, clock), pass };
}

test('copies that wait while the output is away for longer than the window stay copies', async () => {
  const { delivery, sent, pass } = await withWindow();
  const acknowledged: string[] = [];
  for (const sender of ['A', 'B'])
    for (let number = 0; number < 600; number += 1) delivery.receive(fakeCopy(String(number), acknowledged, sender));
  for (let confirmed = 0; confirmed < 600; confirmed += 256) {
    await settled();
    pass(5000);
    for (const each of sent.slice(confirmed, confirmed + 256)) each.confirm();
  }
  await settled();
  expect(sent).toHaveLength(600);
  expect(acknowledged).toHaveLength(1200);
});

test('once nothing waits any more the window goes on', async () => {
  const { delivery, sent, pass } = await withWindow();
  for (let number = 0; number < 300; number += 1) delivery.receive(fakeCopy(String(number), []));
  await settled();
  pass(5000);
  for (const each of sent.splice(0)) each.confirm();
  await settled();
  pass(1999);
  delivery.receive(fakeCopy('299', []));
  await settled();
  for (const each of sent.splice(0)) each.confirm();
  pass(1);
  delivery.receive(fakeCopy('299', []));
  await settled();
  expect(sent).toHaveLength(1);
});

test('a message on its way is never published beside itself, however old its mark is', async () => {
  const { delivery, sent, pass } = await withWindow();
  const acknowledged: string[] = [];
  for (const key of ['1', '2']) delivery.receive(fakeCopy(key, acknowledged, `first ${key}`));
  await settled();
  pass(5000);
  delivery.receive(fakeCopy('1', acknowledged, 'late 1'));
  await settled();
  delivery.receive(fakeCopy('2', acknowledged, 'late 2'));
  for (const each of sent) each.confirm();
  await settled();
  expect(sent).toHaveLength(2);
  expect(acknowledged).toEqual(['first 1', 'late 1', 'first 2', 'late 2']);
});

test('what is repeated after it was done with is a copy, however late; without a key nobody can say so', async () => {
  const { delivery, sent } = transactional();
  const acknowledged: string[] = [];
  for (const key of ['1', undefined]) delivery.receive({ ...fakeCopy(key, acknowledged), isRepeated: true });
  await settled();
  expect(sent).toHaveLength(1);
  expect(acknowledged).toEqual(['1']);
});

test('a copy of a message that the last process left is acknowledged only when that one is confirmed', async () => {
  const before = transactional();
  before.delivery.receive(fakeCopy('1', []));
  await settled();
  const { delivery, sent, stored } = transactional(before.database);
  const acknowledged: string[] = [];
  delivery.receive(fakeCopy('1', acknowledged));
  await settled();
  expect([sent, acknowledged]).toEqual([[], []]);
  delivery.leftDone(stored()[0]?.packetId ?? 0);
  expect(acknowledged).toEqual(['1']);
  await settled();
  expect(stored()).toEqual([]);
});

test('after a restart no packet id is used that a stored message has', async () => {
  const first = transactional();
  for (const key of ['1', '2']) first.delivery.receive(fakeCopy(key, []));
  await settled();
  const second = transactional(first.database);
  second.delivery.receive(fakeCopy('3', []));
  await settled();
  expect(second.sent.map(({ packetId }) => packetId)).toEqual([3]);
});

test('when the database fails nothing is published and nothing acknowledged', async () => {
  const { delivery, sent, failures, database } = transactional();
  const acknowledged: string[] = [];
  database.exec('DROP TABLE holdfast_dedupe_outbox');
  delivery.receive(fakeCopy('1', acknowledged));
  await settled();
  expect(failures).toHaveLength(1);
  expect([sent, acknowledged]).toEqual([[], []]);
});

test('without a database a message is acknowledged after it was confirmed, and a failure is told', async () => {
  const { sent, output } = fakeOutput();
  const failures: unknown[] = [];
  const acknowledged: string[] = [];
  const options = { output: () => output, topicFor: (topic: string) => topic, fail: (e: unknown) => failures.push(e) };
  const delivery = plainDelivery(fakeDedupe(), options);
  delivery.receive(fakeCopy('1', acknowledged));
  await settled();
  expect(acknowledged).toEqual([]);
  sent[0]?.confirm();
  await settled();
  expect([acknowledged, delivery.waiting]).toEqual([['1'], 0]);

  const down = plainDelivery({ handle: () => Promise.reject(new Error('down')) }, options);
  down.receive(fakeCopy('2', acknowledged));
  await settled();
  expect([failures.length, acknowledged]).toEqual([1, ['1']]);
});
