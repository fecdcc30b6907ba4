import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { election, lead } from '../index.ts';
import type { LeaseStore, Versioned } from '../store.ts';
import type { Subject } from './subject.ts';

/** Holds one kind of store to the contract that the election relies on. */
export function conforms(name: string, start: () => Promise<Subject>, leaseMs = 800): void {
  describe(name, { timeout: 30_000 }, () => {
    let subject: Subject;
    const opened: LeaseStore[] = [];
    const never = new AbortController().signal;
    const open = async (key: string) => {
      const store = await subject.open(key);
      opened.push(store);
      return store;
    };

    beforeAll(async () => {
      subject = await start();
    }, 60_000);
    afterAll(async () => {
      for (const store of opened) store.close?.();
      await subject?.stop();
    });

    test('an absent key reads as undefined', async () => {
      expect(await (await open('absent')).read(never)).toBeUndefined();
    });

    test('a key is created once', async () => {
      const [one, two] = [await open('created'), await open('created')];
      const first = await one.write(value('a'), undefined, never);
      expect(first.ok).toBe(true);
      expect(await two.write(value('b'), undefined, never)).toEqual({ ok: false });
      expect((await two.read(never))?.value).toBe(value('a'));
    });

    test('what is written is read with the revision that the write returned', async () => {
      const store = await open('read-back');
      const text = value('“ü” \\ \n 7');
      const written = await store.write(text, undefined, never);
      expect(await store.read(never)).toEqual({ value: text, revision: written.ok ? written.revision : 'none' });
    });

    test('a write with a revision that has passed changes nothing', async () => {
      const [one, two] = [await open('passed'), await open('passed')];
      const first = revisionOf(await one.write(value('a'), undefined, never));
      const second = revisionOf(await one.write(value('b'), first, never));
      expect(second).not.toBe(first);
      expect(await two.write(value('c'), first, never)).toEqual({ ok: false });
      expect(await two.read(never)).toEqual({ value: value('b'), revision: second });
    });

    test('a write to an absent key with a revision changes nothing', async () => {
      const [one, two] = [await open('other'), await open('nothing-here')];
      const revision = revisionOf(await one.write(value('a'), undefined, never));
      expect(await two.write(value('b'), revision, never)).toEqual({ ok: false });
      expect(await two.read(never)).toBeUndefined();
    });

    test('of many writers at once exactly one succeeds, again and again', async () => {
      const stores = await Promise.all(Array.from({ length: 4 }, () => open('contended')));
      let revision: string | undefined;
      for (let round = 0; round < 5; round += 1) {
        const writes = stores.map((store, writer) => store.write(value(`${round}.${writer}`), revision, never));
        const results = await Promise.all(writes);
        expect(results.filter((each) => each.ok)).toHaveLength(1);
        const winner = results.findIndex((each) => each.ok);
        const now = await stores[0]?.read(never);
        expect(now?.value).toBe(value(`${round}.${winner}`));
        revision = now?.revision;
      }
    });

    test('a call whose signal aborts while the store is silent rejects at once', async ({ skip }) => {
      if (!subject.silence || !subject.resume) return skip('this store cannot be silenced');
      const store = await open('silent');
      await store.read(never);
      subject.silence();
      try {
        const startedMs = performance.now();
        await expect(store.read(AbortSignal.timeout(200))).rejects.toThrow();
        expect(performance.now() - startedMs).toBeLessThan(2000);
      } finally {
        subject.resume();
      }
      const until = performance.now() + 10_000;
      let answered = false;
      while (!answered && performance.now() < until) {
        answered = await store.read(AbortSignal.timeout(1000)).then(
          () => true,
          () => false,
        );
      }
      expect(answered).toBe(true);
    });

    test('a watch yields the content now and then what others write, and ends with its signal', async ({ skip }) => {
      const [one, two] = [await open('watched'), await open('watched')];
      if (!one.watch) return skip('this store pushes nothing');
      let revision = revisionOf(await two.write(value('0'), undefined, never));
      const end = new AbortController();
      const seen: (Versioned | undefined)[] = [];
      const watching = (async () => {
        for await (const each of one.watch?.(end.signal) ?? []) seen.push(each);
      })().catch(() => undefined);
      await until(() => seen.length === 1);
      for (const each of ['1', '2', '3']) {
        revision = revisionOf(await two.write(value(each), revision, never));
        await until(() => seen.at(-1)?.revision === revision);
      }
      expect(seen.at(-1)?.value).toBe(value('3'));
      end.abort();
      await watching;
    });

    test('two candidates lead one after the other, with growing tokens and never together', async () => {
      const leading = new Set<string>();
      const tokens: number[] = [];
      const candidate = async (holder: string) => {
        const store = await open('led');
        await lead({ store, holder, leaseMs }, async (term) => {
          leading.add(holder);
          expect(leading.size).toBe(1);
          tokens.push(term.token);
          try {
            await sleep(leaseMs);
            term.check();
          } finally {
            leading.delete(holder);
          }
        });
      };
      await Promise.all([candidate('one'), candidate('two')]);
      expect(tokens.length).toBeGreaterThanOrEqual(2);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
    });

    test('a key that no election wrote is refused', async () => {
      const store = await open('foreign');
      await store.write('{"colour":"blue"}', undefined, never);
      await expect(election({ store, leaseMs }).next()).rejects.toMatchObject({ code: 'HF-ELECT-FOREIGN-KEY' });
    });
  });
}

/** Some stores look into what they keep, so it is a record such as an election writes. */
function value(text: string): string {
  return JSON.stringify({ holdfast: 1, holder: text, session: text, token: 1, leaseMs: 1000, write: 1, state: 'held' });
}

function revisionOf(result: { readonly ok: boolean; readonly revision?: string }): string {
  expect(result.ok).toBe(true);
  return result.revision ?? '';
}

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (!condition()) {
    expect(performance.now()).toBeLessThan(deadlineMs);
    await sleep(5);
  }
}
