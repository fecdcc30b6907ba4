import { afterEach, describe, expect, test } from 'vitest';
import { movableClock } from './conformance/subject.ts';
import { type DedupeEvent, dedupe, type LocalDedupe } from './index.ts';
import { memoryStore } from './stores/memory.ts';
import { sqliteStore } from './stores/sqlite.ts';

interface Message {
  readonly host: string;
  readonly id: string;
  readonly sequence?: number;
}

const opened: LocalDedupe<Message>[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

describe.each([
  ['memory', () => memoryStore()],
  ['SQLite', () => sqliteStore({ path: ':memory:' })],
])('over %s', (_name, store) => {
  async function open(window = { ms: 1000, count: 1000 }) {
    const clock = movableClock();
    const unique = await dedupe<Message>({
      key: (message) => message.id,
      source: (message) => message.host,
      sequence: (message) => message.sequence,
      sources: ['a', 'b'],
      silentMs: 5000,
      window,
      store: store(),
      clock: clock.now,
    });
    opened.push(unique);
    const events: DedupeEvent[] = [];
    void (async () => {
      for await (const event of unique.events()) events.push(event);
    })();
    const said = async () => {
      await new Promise(setImmediate);
      return events.splice(0);
    };
    const source = (name: string) => unique.status().sources.find((each) => each.source === name);
    return { unique, clock, said, source };
  }

  test('it counts for each host what came first, what came again, and how late the second copy was', async () => {
    const { unique, clock, source } = await open();
    for (let n = 0; n < 100; n += 1) {
      unique.admit({ host: 'a', id: `n${n}` });
      clock.advance(8);
      unique.admit({ host: 'b', id: `n${n}` });
    }
    unique.admit({ host: 'b', id: 'n99' });
    expect(source('a')).toMatchObject({ received: 100, first: 100, repeated: 0, missed: 0, lag: { count: 0 } });
    expect(source('b')).toMatchObject({ received: 101, first: 0, repeated: 1, missed: 0 });
    expect(source('b')?.lag).toEqual({ count: 100, sumMs: 800, p50Ms: 8, p90Ms: 8, p99Ms: 8, maxMs: 8 });
  });

  test('a host that loses messages is known by those whose window ends without its copy', async () => {
    const { unique, clock, said, source } = await open();
    for (let n = 0; n < 10; n += 1) unique.admit({ host: 'a', id: `n${n}` });
    for (let n = 0; n < 7; n += 1) unique.admit({ host: 'b', id: `n${n}` });
    expect(source('b')?.missed).toBe(0);
    clock.advance(1000);
    unique.admit({ host: 'a', id: 'next' });
    expect(await said()).toEqual([{ kind: 'missed', source: 'b', messages: 3, total: 3 }]);
    expect(source('b')?.missed).toBe(3);
    expect(source('a')?.missed).toBe(0);
  });

  test('a host that is silent is said once, and once when it is heard again', async () => {
    const { unique, clock, said } = await open();
    unique.admit({ host: 'b', id: 'x' });
    for (let second = 0; second < 7; second += 1) {
      clock.advance(1000);
      unique.admit({ host: 'a', id: `n${second}` });
    }
    const silent = (await said()).filter((each) => each.kind === 'silent');
    expect(silent).toEqual([{ kind: 'silent', source: 'b', forMs: 5000, alone: true }]);
    unique.admit({ host: 'b', id: 'y' });
    expect((await said()).filter((each) => each.kind === 'heard-again')).toEqual([
      { kind: 'heard-again', source: 'b', afterMs: 7000 },
    ]);
  });

  test('a host that never spoke is silent too', async () => {
    const { unique, clock, said, source } = await open();
    for (let second = 0; second < 6; second += 1) {
      clock.advance(1000);
      unique.admit({ host: 'a', id: `n${second}` });
    }
    expect(await said()).toContainEqual({ kind: 'silent', source: 'b', forMs: 5000, alone: true });
    expect(source('b')).toMatchObject({ silent: true, quietMs: undefined });
  });

  test('after this process itself stood still nobody is called silent for that', async () => {
    const { unique, clock, said } = await open();
    clock.advance(60_000);
    unique.admit({ host: 'a', id: 'x' });
    expect((await said()).filter((each) => each.kind === 'silent')).toEqual([]);
  });

  test('numbers that a host left out are a gap; overtaken ones and a new count are not', async () => {
    const { unique, said, source } = await open();
    const sequences = [5000, 5001, 5004, 5003, 5005, 1, 2];
    for (const sequence of sequences) unique.admit({ host: 'a', id: `n${sequence}`, sequence });
    expect(await said()).toEqual([
      { kind: 'gap', source: 'a', from: 5002, to: 5003 },
      { kind: 'restarted', source: 'a', sequence: 1, before: 5005 },
    ]);
    expect(source('a')).toMatchObject({ gaps: 2, outOfOrder: 1 });
  });

  test('a count too small for the rate is said, and costs copies, never messages', async () => {
    const { unique, clock, said } = await open({ ms: 10_000, count: 10 });
    const batch = (host: string) => Array.from({ length: 30 }, (_, n) => ({ host, id: `n${n}` }));
    expect(new Set(unique.admitAll(batch('a')))).toEqual(new Set(['first']));
    clock.advance(1000);
    expect(new Set(unique.admitAll(batch('b')))).toEqual(new Set(['first']));
    clock.advance(1000);
    unique.admitAll([]);
    const overflows = (await said()).flatMap((each) => (each.kind === 'overflow' ? [each] : []));
    expect(overflows.at(-1)?.total).toBe(50);
    expect(overflows.reduce((sum, each) => sum + each.forgotten, 0)).toBe(50);
    expect(unique.status().forgottenEarly).toBe(50);
  });

  test('a host that nobody expects is said once; its messages count all the same', async () => {
    const { unique, said } = await open();
    expect([unique.admit({ host: 'c', id: 'x' }), unique.admit({ host: 'c', id: 'x' })]).toEqual([
      'first',
      'duplicate',
    ]);
    expect(await said()).toEqual([{ kind: 'unknown-source', source: 'c' }]);
  });

  test('its metrics are what Prometheus reads', async () => {
    const { unique, clock } = await open();
    unique.admitAll([{ host: 'a', id: 'x' }]);
    clock.advance(40);
    unique.admitAll([{ host: 'b', id: 'x' }]);
    const text = unique.metrics();
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) holdfast_dedupe_\w+ .+|holdfast_dedupe_\w+({\w+="[^"]*"(,\w+="[^"]*")*})? [0-9.e+-]+)$/,
      );
    }
    expect(text).toContain('holdfast_dedupe_messages_total{verdict="duplicate"} 1\n');
    expect(text).toContain('holdfast_dedupe_source_first_total{source="a"} 1\n');
    expect(text).toContain('holdfast_dedupe_source_lag_seconds{source="b",quantile="0.5"} 0.04\n');
    expect(text).toContain('holdfast_dedupe_source_lag_seconds_count{source="b"} 1\n');
  });
});

test.each([
  ['no key function', { key: undefined }],
  ['a window without time', { window: { ms: 0, count: 1 } }],
  ['a window of part of a key', { window: { ms: 1, count: 0.5 } }],
  ['a window larger than the table', { window: { ms: 1, count: 2 ** 24 + 1 } }],
  ['nine sources', { source: () => 'a', sources: [...'abcdefghi'] }],
  ['a source twice', { source: () => 'a', sources: ['a', 'a'] }],
  ['sources that nobody names', { sources: ['a'] }],
  ['a sequence of nobody', { sequence: () => 1 }],
])('%s is refused', async (_what, wrong) => {
  const options = { key: (text: string) => text, window: { ms: 1, count: 1 }, store: memoryStore() };
  await expect(Reflect.apply(dedupe, undefined, [{ ...options, ...wrong }])).rejects.toMatchObject({
    code: 'HF-DEDUPE-OPTION',
  });
});

test('a file that cannot be opened, and a table name that is none, are refused', async () => {
  const options = { key: (text: string) => text, window: { ms: 1, count: 1 } };
  await expect(
    dedupe({ ...options, store: sqliteStore({ path: '/no/such/directory/marks.db' }) }),
  ).rejects.toMatchObject({
    code: 'HF-DEDUPE-STORE-DENIED',
  });
  expect(() => sqliteStore({ path: ':memory:', table: 'a; DROP' })).toThrow(
    expect.objectContaining({ code: 'HF-DEDUPE-OPTION' }),
  );
});
