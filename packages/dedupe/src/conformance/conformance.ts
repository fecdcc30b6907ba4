import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Dedupe, dedupe } from '../index.ts';
import type { Subject } from './subject.ts';

interface Message {
  readonly id: string;
  readonly host: string;
}

/** Holds one kind of store to what dedupe promises over it. */
export function conforms(name: string, start: () => Promise<Subject>): void {
  describe(name, { timeout: 30_000 }, () => {
    let subject: Subject;
    let places = 0;
    const opened: Dedupe<Message>[] = [];

    async function open(place: string, window = { ms: 60_000, count: 1000 }): Promise<Dedupe<Message>> {
      const unique = await dedupe<Message>({
        key: (message) => message.id,
        window,
        store: await subject.store(place),
        ...(subject.clock === undefined ? {} : { clock: subject.clock.now }),
      });
      opened.push(unique);
      return unique;
    }
    const newPlace = () => {
      places += 1;
      return `place_${places}`;
    };

    beforeAll(async () => {
      subject = await start();
    }, 60_000);
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
    });
    afterAll(() => subject?.stop());

    test('the first copy passes, the others do not, one by one and in one batch', async () => {
      const unique = await open(newPlace());
      expect(await unique.admit(from('a', 'x'))).toBe('first');
      expect(await unique.admit(from('b', 'x'))).toBe('duplicate');
      expect(await unique.admitAll([from('a', 'y'), from('b', 'x'), from('b', 'y'), from('b', 'z')])).toEqual([
        'first',
        'duplicate',
        'duplicate',
        'first',
      ]);
      expect(await unique.admitAll([])).toEqual([]);
      expect(unique.status()).toMatchObject({ first: 3, duplicates: 3 });
    });

    test('keys that are nearly the same are not the same', async () => {
      const unique = await open(newPlace());
      const long = 'x'.repeat(200);
      const keys = [
        ...[
          'a',
          'A',
          'a ',
          ' a',
          'a\0',
          'a\0b',
          'ä',
          'a\u0308',
          '\ud800',
          '\udc00',
          '\ufffd',
          '=a',
          '#a',
          '1',
          '01',
          '1.0',
        ],
        ...[long, `${long}x`, `x${long}y`, 'cell-7/press/0000000000001', 'cell-7/press/0000000000002', "'; --", '\r\n'],
      ];
      expect(await unique.admitAll(keys.map((key) => from('a', key)))).toEqual(keys.map(() => 'first'));
      expect(await unique.admitAll(keys.map((key) => from('b', key)))).toEqual(keys.map(() => 'duplicate'));
    });

    test('whatever comes in whatever batches, each key passes once', async () => {
      const unit = fc.constantFrom('a', 'A', '\0', 'ä', '\u0308', '\ud83d', '\ude00', '=', "'");
      const key = fc.string({ unit, minLength: 1, maxLength: 2 });
      const batches = fc.array(fc.array(key, { maxLength: 20 }), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(batches, async (each) => {
          const unique = await open(newPlace());
          const seen = new Set<string>();
          for (const keys of each) {
            const expected = keys.map((key) => {
              const verdict = seen.has(key) ? 'duplicate' : 'first';
              seen.add(key);
              return verdict;
            });
            expect(await unique.admitAll(keys.map((key) => from('a', key)))).toEqual(expected);
          }
        }),
        { numRuns: 8 },
      );
    });

    test('a message without a key passes, and so does its copy', async () => {
      const unique = await open(newPlace());
      expect(await unique.admitAll([from('a', ''), from('a', 'x'), from('b', ''), from('b', 'x')])).toEqual([
        'first',
        'first',
        'first',
        'duplicate',
      ]);
      expect(unique.status()).toMatchObject({ first: 3, duplicates: 1, withoutKey: 2 });
    });

    test('a late copy passes once the window by time is over, and begins a new one', async () => {
      const ms = subject.clock === undefined ? 600 : 60_000;
      const pass = (forMs: number) => (subject.clock === undefined ? sleep(forMs) : subject.clock.advance(forMs));
      const unique = await open(newPlace(), { ms, count: 1000 });
      expect(await unique.admit(from('a', 'x'))).toBe('first');
      await pass(ms / 3);
      expect(await unique.admit(from('b', 'x'))).toBe('duplicate');
      await pass(ms - ms / 3 + subject.slackMs);
      // It began with the first copy; the one dropped did not prolong it.
      expect(await unique.admit(from('b', 'x'))).toBe('first');
      expect(await unique.admit(from('a', 'x'))).toBe('duplicate');
    });

    test('the window by count remembers exactly the last keys, also within a batch', async ({ skip }) => {
      if (!subject.boundsCount) return skip('this store remembers by time alone');
      const unique = await open(newPlace(), { ms: 60_000, count: 3 });
      const admit = (keys: string) => unique.admitAll([...keys].map((key) => from('a', key)));
      expect(await admit('abc')).toEqual(['first', 'first', 'first']);
      expect(await admit('cba')).toEqual(['duplicate', 'duplicate', 'duplicate']);
      expect(await admit('da')).toEqual(['first', 'first']);
      expect(await admit('cdea')).toEqual(['duplicate', 'duplicate', 'first', 'duplicate']);
      expect(await admit('xyzx')).toEqual(['first', 'first', 'first', 'duplicate']);
      expect(unique.status().forgottenEarly).toBe(6);
    });

    test('two receivers over one store let each message through once', async ({ skip }) => {
      if (!subject.isShared) return skip('this store is in one process');
      const place = newPlace();
      const receivers = [await open(place), await open(place)];
      const messages = Array.from({ length: 200 }, (_, n) => from('a', `n${n}`));
      const verdicts = await Promise.all(receivers.map((each) => each.admitAll(messages)));
      for (const at of messages.keys()) {
        expect(verdicts.map((each) => each[at]).sort()).toEqual(['duplicate', 'first']);
      }
    });

    test('work is done on the first copy, and one that comes meanwhile waits for how it ends', async ({ skip }) => {
      if (!subject.looks) return skip('this store cannot look without marking');
      const unique = await open(newPlace());
      const working = Promise.withResolvers<void>();
      const done: string[] = [];
      const work = async (message: Message) => {
        await working.promise;
        done.push(message.host);
      };
      const handled = [unique.handle(from('a', 'x'), work), unique.handle(from('b', 'x'), work)];
      let resolved = 0;
      for (const each of handled) void each.then(() => (resolved += 1));
      await sleep(20);
      expect(resolved).toBe(0);
      working.resolve();
      expect(await Promise.all(handled)).toEqual(['first', 'duplicate']);
      expect(await unique.handle(from('b', 'x'), work)).toBe('duplicate');
      expect(done).toEqual(['a']);
      expect(unique.status()).toMatchObject({ first: 1, duplicates: 2 });
    });

    test('work that fails marks nothing: the copy that waits is worked on in its place', async ({ skip }) => {
      if (!subject.looks) return skip('this store cannot look without marking');
      const unique = await open(newPlace());
      const done: string[] = [];
      const work = async ({ host }: Message) => {
        await sleep(10);
        if (host === 'a') throw new Error('the disk is full');
        done.push(host);
      };
      const [first, second] = await Promise.allSettled([
        unique.handle(from('a', 'x'), work),
        unique.handle(from('b', 'x'), work),
      ]);
      expect(first).toMatchObject({ status: 'rejected', reason: { message: 'the disk is full' } });
      expect(second).toEqual({ status: 'fulfilled', value: 'first' });
      expect(done).toEqual(['b']);
    });

    test('a copy that waits through work longer than the window is not worked on again', async ({ skip }) => {
      if (!subject.looks) return skip('this store cannot look without marking');
      const ms = subject.clock === undefined ? 200 : 60_000;
      const unique = await open(newPlace(), { ms, count: 1000 });
      const working = Promise.withResolvers<void>();
      const done: string[] = [];
      const work = async ({ host }: Message) => {
        await working.promise;
        done.push(host);
      };
      const handled = [
        unique.handle(from('a', 'x'), work),
        unique.handle(from('a', 'y'), work),
        unique.handle(from('b', 'x'), work),
      ];
      await (subject.clock === undefined ? sleep(2 * ms) : subject.clock.advance(2 * ms));
      handled.push(unique.handle(from('b', 'y'), work));
      working.resolve();
      expect(await Promise.all(handled)).toEqual(['first', 'first', 'duplicate', 'duplicate']);
      expect(done).toEqual(['a', 'a']);
    });

    test('a message whose work fails again and again pushes no other out of the window', async ({ skip }) => {
      if (!subject.looks || !subject.boundsCount) return skip('this store has no count, or cannot look');
      const unique = await open(newPlace(), { ms: 60_000, count: 5 });
      await unique.handle(from('a', 'good'), () => undefined);
      for (let n = 0; n < 20; n += 1) {
        const other = Promise.withResolvers<void>();
        const failing = unique.handle(from('a', 'bad'), async () => {
          await other.promise;
          throw new Error('the disk is full');
        });
        await unique.handle(from('a', `meanwhile ${n % 3}`), () => undefined);
        other.resolve();
        await expect(failing).rejects.toThrow('the disk is full');
      }
      expect(await unique.handle(from('b', 'good'), () => undefined)).toBe('duplicate');
      expect(unique.status().forgottenEarly).toBe(0);
    });

    test('two receivers that handle over one store may work on a message twice, and count it', async ({ skip }) => {
      if (!subject.isShared || !subject.looks) return skip('this store is in one process, or cannot look');
      const place = newPlace();
      const working = Promise.withResolvers<void>();
      const receivers = [await open(place), await open(place)];
      let worked = 0;
      const begun = Promise.withResolvers<void>();
      const handled = receivers.map((each) =>
        each.handle(from('a', 'x'), async () => {
          worked += 1;
          if (worked === 2) begun.resolve();
          await working.promise;
        }),
      );
      await begun.promise;
      working.resolve();
      // Only `admit` and `commit` are for several receivers: see the README.
      expect(await Promise.all(handled)).toEqual(['first', 'first']);
      const counted = receivers.map((each) => each.status().workedTwice);
      expect(counted.sort()).toEqual([0, 1]);
      expect(receivers.map((each) => each.metrics()).join()).toContain('holdfast_dedupe_worked_twice_total 1');
    });

    test('a batch is worked on once, without its copies', async ({ skip }) => {
      if (!subject.looks) return skip('this store cannot look without marking');
      const unique = await open(newPlace());
      const batches: string[] = [];
      const work = (first: readonly Message[]) => {
        batches.push(first.map((each) => each.id).join());
      };
      await unique.handleAll([from('a', 'x')], work);
      const verdicts = await unique.handleAll(
        ['x', 'y', '', 'z', 'y', ''].map((id) => from('b', id)),
        work,
      );
      expect(verdicts).toEqual(['duplicate', 'first', 'first', 'first', 'duplicate', 'first']);
      expect(await unique.handleAll([from('b', 'z')], work)).toEqual(['duplicate']);
      expect(batches).toEqual(['x', 'y,,z,']);
    });

    test('a loop gets the first copies; one whose body threw comes again', async ({ skip }) => {
      if (!subject.looks) return skip('this store cannot look without marking');
      const unique = await open(newPlace());
      const stream = ['x', 'y', 'x', 'z'].map((id) => from('a', id));
      const seen: string[] = [];
      const read = async (failAt: string) => {
        for await (const { id } of unique.filter(stream)) {
          seen.push(id);
          if (id === failAt) throw new Error('stop');
        }
      };
      await expect(read('y')).rejects.toThrow('stop');
      await read('none');
      expect(seen).toEqual(['x', 'y', 'y', 'z']);
    });

    test('where it cannot look without marking, handle says so', async ({ skip }) => {
      if (subject.looks) return skip('this store can');
      const unique = await open(newPlace());
      await expect(unique.handle(from('a', 'x'), () => undefined)).rejects.toMatchObject({ code: 'HF-DEDUPE-OPTION' });
      expect(await unique.admit(from('a', 'x'))).toBe('first');
    });

    test('after close it refuses, and its events end', async () => {
      const unique = await open(newPlace());
      const events = unique.events();
      await unique.close();
      await expect((async () => unique.admit(from('a', 'x')))()).rejects.toMatchObject({ code: 'HF-DEDUPE-CLOSED' });
      expect(await events.next()).toEqual({ done: true, value: undefined });
    });

    test('marks are still there when the store is opened again', async ({ skip }) => {
      if (!subject.isShared) return skip('this store ends with its process');
      const place = newPlace();
      const before = await open(place);
      await before.admit(from('a', 'x'));
      await before.close();
      const after = await open(place);
      expect(await after.admitAll([from('b', 'x'), from('b', 'y')])).toEqual(['duplicate', 'first']);
    });

    test('what somebody else keeps there is left alone', async ({ skip }) => {
      if (!subject.occupy) return skip('nothing else can be there');
      const place = newPlace();
      await subject.occupy(place);
      await expect(open(place)).rejects.toMatchObject({ code: 'HF-DEDUPE-FOREIGN-STORE' });
    });

    test('while the store is silent a verdict is refused in time, and it goes on afterwards', async ({ skip }) => {
      if (!subject.silence || !subject.resume) return skip('this store cannot be silenced');
      const unique = await open(newPlace());
      await unique.admit(from('a', 'x'));
      subject.silence();
      try {
        const startedMs = performance.now();
        await expect(unique.admit(from('a', 'y'))).rejects.toMatchObject({ code: 'HF-DEDUPE-STORE-UNREACHABLE' });
        expect(performance.now() - startedMs).toBeLessThan(5000);
      } finally {
        subject.resume();
      }
      const untilMs = performance.now() + 10_000;
      while ((await Promise.resolve(unique.admit(from('b', 'x'))).catch(() => 'failed')) === 'failed') {
        expect(performance.now()).toBeLessThan(untilMs);
        await sleep(50);
      }
      expect(await unique.admit(from('b', 'x'))).toBe('duplicate');
    });
  });
}

function from(host: string, id: string): Message {
  return { host, id };
}
