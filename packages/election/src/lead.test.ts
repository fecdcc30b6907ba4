import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Change, election, lead } from './index.ts';
import type { LeaseStore } from './store.ts';
import { memoryStore } from './stores/memory.ts';

const leaseMs = 400;

/** A memory store that can be cut off, and slowed. */
function brittle(inner: LeaseStore = memoryStore()) {
  const state = { down: false, delayMs: 0 };
  async function pass<T>(call: () => Promise<T>): Promise<T> {
    if (state.delayMs > 0) await sleep(state.delayMs);
    if (state.down) throw new Error('cut off');
    return call();
  }
  const store: LeaseStore = {
    name: 'brittle',
    read: (signal) => pass(() => inner.read(signal)),
    write: (value, revision, signal) => pass(() => inner.write(value, revision, signal)),
  };
  return { store, state, inner };
}

describe('lead', () => {
  test('returns what the work returns, once it leads', async () => {
    expect(await lead({ store: memoryStore(), leaseMs }, () => 42)).toBe(42);
  });

  test('the next candidate follows without waiting for the lease once the first has ended', async () => {
    const store = memoryStore();
    const order: string[] = [];
    const endedMs: number[] = [];
    const first = lead({ store, holder: 'one', leaseMs: 1000 }, async () => {
      order.push('one');
      await sleep(1000);
      endedMs.push(performance.now());
    });
    await sleep(1200);
    await lead({ store, holder: 'two', leaseMs: 1000 }, () => {
      order.push('two');
      endedMs.push(performance.now());
    });
    await first;
    expect(order).toEqual(['one', 'two']);
    expect((endedMs[1] ?? 0) - (endedMs[0] ?? 0)).toBeLessThan(500);
  });

  test('passes on the error of the work and releases the lease', async () => {
    const store = memoryStore();
    await expect(
      lead({ store, leaseMs }, () => {
        throw new Error('press jammed');
      }),
    ).rejects.toThrow('press jammed');
    expect((await store.read(new AbortController().signal))?.value).toContain('"state":"released"');
  });

  test('a leader cut off from the store is told to stop before the lease can be taken, and leads again later', async () => {
    const { store, state } = brittle();
    const tokens: number[] = [];
    await lead({ store, leaseMs }, async (term, signal) => {
      tokens.push(term.token);
      if (tokens.length === 2) return;
      state.down = true;
      const cutMs = performance.now();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      expect(performance.now() - cutMs).toBeLessThan(leaseMs);
      expect(signal.reason).toMatchObject({ code: 'HF-ELECT-LOST' });
      expect(term.stopWithinMs).toBeGreaterThan(0);
      state.down = false;
    });
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? Number.POSITIVE_INFINITY);
  });

  test('after a blocked event loop the signal is aborted the moment it is looked at', async () => {
    const store = memoryStore();
    const options = { store, leaseMs, signal: AbortSignal.timeout(2000) };
    const seen = await lead(options, async (term, signal) => {
      const startedMs = performance.now();
      while (performance.now() - startedMs < leaseMs) {
        // As a module does that computes for too long.
      }
      const now = { aborted: signal.aborted, remainingMs: term.remainingMs };
      expect(() => term.check()).toThrow(expect.objectContaining({ code: 'HF-ELECT-LOST' }));
      expect(() => signal.throwIfAborted()).toThrow(expect.objectContaining({ code: 'HF-ELECT-LOST' }));
      expect(now).toEqual({ aborted: true, remainingMs: 0 });
      throw new Error('seen');
    }).catch((error: Error) => error.message);
    expect(seen).toBe('seen');
  });

  test('ends when its own signal aborts, and releases only after the work has ended', async () => {
    const store = memoryStore();
    const stop = new AbortController();
    const never = new AbortController().signal;
    let stillHeld: string | undefined;
    const ended = lead({ store, leaseMs, signal: stop.signal }, async (_term, signal) => {
      setTimeout(() => stop.abort(new Error('shutdown')), 20);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await sleep(300);
      stillHeld = (await store.read(never))?.value;
    });
    await expect(ended).rejects.toThrow('shutdown');
    expect(stillHeld).toContain('"state":"held"');
    expect((await store.read(never))?.value).toContain('"state":"released"');
  });
});

describe('election', () => {
  test('tells a follower who leads, and that nobody does', async () => {
    const store = memoryStore();
    const stop = new AbortController();
    const leader = lead({ store, holder: 'one', leaseMs, signal: stop.signal }, () => sleep(2 * leaseMs));
    await sleep(leaseMs + 100);
    const changes: Change[] = [];
    for await (const change of election({ store, holder: 'two', leaseMs })) {
      changes.push(change);
      if (change.kind === 'leading') break;
    }
    await leader;
    expect(changes[0]).toMatchObject({ kind: 'following', holder: 'one' });
    expect(changes.at(-2)).toMatchObject({ kind: 'following', holder: undefined });
    expect(changes.at(-1)).toMatchObject({ kind: 'leading' });
  });

  test('two candidates of one name are told apart: the second is refused, the first goes on', async () => {
    const store = memoryStore();
    const first = lead({ store, holder: 'press', leaseMs }, async (term) => {
      await sleep(4 * leaseMs);
      term.check();
      return 'undisturbed';
    });
    await sleep(leaseMs + 100);
    await expect(lead({ store, holder: 'press', leaseMs }, () => undefined)).rejects.toMatchObject({
      code: 'HF-ELECT-TWIN',
      message: expect.stringContaining('press'),
    });
    expect(await first).toBe('undisturbed');
  });

  test('a candidate that is started again under its own name waits for its predecessor’s lease and leads', async () => {
    const kept = memoryStore();
    const { store, state } = brittle(kept);
    const dead = election({ store, holder: 'press', leaseMs });
    let token = 0;
    while (token === 0) {
      const { value } = await dead.next();
      if (value.kind === 'leading') token = value.term.token;
    }
    // As if it had died: nothing of it reaches the store any more.
    state.down = true;
    expect(await lead({ store: kept, holder: 'press', leaseMs }, (term) => term.token)).toBe(token + 1);
    await expect(dead.throw(new Error('buried'))).rejects.toThrow('buried');
  });

  test('a lease shorter than eight round trips is refused with the measured number', async () => {
    const { store, state } = brittle();
    state.delayMs = 30;
    await expect(election({ store, leaseMs: 200 }).next()).rejects.toMatchObject({
      code: 'HF-ELECT-LEASE-TOO-SHORT',
      message: expect.stringMatching(/a read took 3\d\.\d ms/),
      remedy: expect.stringMatching(/at least 2[4-9]\d ms/),
    });
  });

  test('a lease that is too short for the writes of a store is refused with their measured time', async () => {
    const inner = memoryStore();
    const store: LeaseStore = {
      name: 'slow disk',
      read: (signal) => inner.read(signal),
      async write(value, revision, signal) {
        // One that heeds its signal: what is given up is not answered.
        await sleep(150, undefined, { signal });
        return inner.write(value, revision, signal);
      },
    };
    const options = { store, leaseMs: 100, signal: AbortSignal.timeout(20_000) };
    await expect(lead(options, () => 'led')).rejects.toMatchObject({
      code: 'HF-ELECT-LEASE-TOO-SHORT',
      message: expect.stringMatching(/slow disk: each of the first 3 writes took 1[4-9]\d\.\d ms or more/),
      remedy: expect.stringMatching(/at least 1[1-9]\d\d ms/),
    });
  });

  test('first writes that are slow do not keep a candidate from leading', async () => {
    const inner = memoryStore();
    let awakeMs: number | undefined;
    const store: LeaseStore = {
      name: 'waking disk',
      read: (signal) => inner.read(signal),
      async write(value, revision, signal) {
        awakeMs ??= performance.now() + 350;
        if (performance.now() < awakeMs) await sleep(300);
        return inner.write(value, revision, signal);
      },
    };
    expect(await lead({ store, leaseMs: 400, signal: AbortSignal.timeout(20_000) }, () => 'led')).toBe('led');
  });

  test('a store that is down at the start is said to be so, with its name', async () => {
    const { store, state } = brittle();
    state.down = true;
    await expect(election({ store, leaseMs, connectMs: 250 }).next()).rejects.toMatchObject({
      code: 'HF-ELECT-STORE-UNREACHABLE',
      message: expect.stringContaining('brittle gave no answer within 250 ms: brittle: cut off'),
    });
  });

  test('a store that is down for a while at the start is waited for', async () => {
    const { store, state } = brittle();
    state.down = true;
    setTimeout(() => {
      state.down = false;
    }, 300);
    expect(await lead({ store, leaseMs, connectMs: 5000 }, () => 'led')).toBe('led');
  });

  test('a candidate that is told to end while it waits for its store ends with the reason it was given', async () => {
    const { store, state } = brittle();
    state.down = true;
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('shutdown')), 150);
    await expect(lead({ store, leaseMs, signal: stop.signal }, () => undefined)).rejects.toThrow('shutdown');
  });

  test('a store that fails later is reported once, and the candidacy goes on', async () => {
    const { store, state } = brittle();
    const kinds: string[] = [];
    for await (const change of election({ store, leaseMs })) {
      kinds.push(change.kind);
      if (change.kind === 'leading' && kinds.includes('lost')) break;
      if (change.kind === 'leading') state.down = true;
      if (change.kind === 'lost') state.down = false;
    }
    expect(kinds.filter((each) => each === 'trouble')).toHaveLength(1);
    expect(kinds.at(-1)).toBe('leading');
  });

  test('a store that answers reads but takes no writes, its disk being full, is reported once and not at every try', async () => {
    const kept = memoryStore();
    let full = false;
    const store: LeaseStore = {
      name: 'full',
      read: (signal) => kept.read(signal),
      async write(value, revision, signal) {
        if (full) throw new Error('no space left');
        return kept.write(value, revision, signal);
      },
    };
    const kinds: string[] = [];
    for await (const change of election({ store, leaseMs })) {
      kinds.push(change.kind);
      full ||= change.kind === 'leading' && !kinds.includes('lost');
      if (change.kind === 'lost') {
        setTimeout(() => {
          full = false;
        }, leaseMs);
      }
      if (change.kind === 'leading' && kinds.includes('lost')) break;
    }
    expect(kinds.filter((each) => each === 'trouble')).toHaveLength(1);
  });

  test.each([
    ['a lease below 100 ms', { leaseMs: 99 }],
    ['a lease that is no whole number', { leaseMs: 150.5 }],
    ['more than a quarter of the lease for stopping', { leaseMs: 1000, stopMs: 251 }],
    ['an empty name', { holder: '' }],
  ])('%s is refused', async (_what, wrong) => {
    await expect(election({ store: memoryStore(), ...wrong }).next()).rejects.toMatchObject({
      code: 'HF-ELECT-OPTION',
    });
  });

  // What JavaScript lets through: the types forbid all of it, so each is made as a program without types would.
  const untyped = (options: unknown, work?: unknown): Promise<unknown> =>
    Reflect.apply(lead, undefined, [options, work]);
  const store = memoryStore();
  const work = () => 'led';

  test.each([
    ['no options', [undefined, work], /^options of type undefined cannot/, /^Give an object/],
    ['no store', [{}, work], /^there is no store$/, /as in sqliteStore\(\{/],
    [
      'a number as a store',
      [{ store: 1 }, work],
      /^a store of type number without read\(\) and write\(\) cannot/,
      /sqliteStore/,
    ],
    ['null as a store', [{ store: null }, work], /^a store of type null without/, /sqliteStore/],
    [
      'half a store',
      [{ store: { read: work } }, work],
      /^a store of type object without write\(\) cannot/,
      /sqliteStore/,
    ],
    ['a store not awaited', [{ store: Promise.resolve(store) }, work], /^a promise of a store/, /^Await it/],
    ['no work', [{ store }], /^lead was given no function/, /lead\(\{ store \}, async/],
    [
      'a lease as text',
      [{ store, leaseMs: '5' }, work],
      /^leaseMs of '5', which is no number, cannot/,
      /^Give a number/,
    ],
    ['a number as a name', [{ store, holder: 7 }, work], /^holder of 7 cannot/, /^Give a name/],
    [
      'an address as a store',
      [{ store: 'redis://:S3crt@h' }, work],
      /^(?!.*S3crt)a store of type string/,
      /sqliteStore/,
    ],
    [
      'an option that is nearly one',
      [{ store, leaseMS: 500 }, work],
      /^there is no option "leaseMS"$/,
      /^Write leaseMs\.$/,
    ],
    ['an option without its unit', [{ store, lease: 500 }, work], /^there is no option "lease"$/, /^Write leaseMs\.$/],
    [
      'an option like none',
      [{ store, ttl: 500 }, work],
      /^there is no option "ttl"$/,
      /there are store, holder, leaseMs/,
    ],
  ])('%s is refused at once, with a remedy', async (_what, [options, given], message, remedy) => {
    await expect(untyped(options, given)).rejects.toMatchObject({
      code: 'HF-ELECT-OPTION',
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });
});
