import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ages, KINDS, type Step, steps, windows } from '../conformance/model.ts';
import type { Window } from '../store.ts';
import { identify, newIdentitySecret } from './identity.ts';
import { type MarkTable, markTable, newSecret, type TableSecret } from './mark-table.ts';

describe('the table beside a simple model', () => {
  test('it says first and duplicate exactly as the window defines them, whatever comes and whenever', () => {
    fc.assert(
      fc.property(windows, steps, (size, each) => {
        expect(run(size, each, newSecret())).toEqual(ages(size, each));
      }),
      { numRuns: 500 },
    );
  });

  test('with all keys crowded at one place it is right as well', () => {
    fc.assert(
      fc.property(windows, steps, (size, each) => {
        expect(run(size, each, crowding())).toEqual(ages(size, each));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a key that is removed', () => {
  test('leaves no trace, whenever it came, whatever comes and whenever', () => {
    const step = fc.record({
      waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100_000 })),
      key: fc.integer({ min: 0, max: 15 }).map((n) => KINDS[n % KINDS.length]?.(n) ?? ''),
      removes: fc.boolean(),
    });
    fc.assert(
      fc.property(windows, fc.array(step, { maxLength: 80 }), ({ ms, count }, each) => {
        const table = markTable({ ms, count }, newSecret(), () => undefined);
        let firsts: { readonly key: string; readonly atMs: number }[] = [];
        let nowMs = 0;
        for (const { waitMs, key, removes } of each) {
          nowMs += waitMs;
          table.advance(nowMs);
          const known = firsts.findLast((first) => first.key === key && nowMs - first.atMs < ms);
          if (removes) {
            table.remove(key);
            firsts = firsts.filter((first) => first !== known);
          } else {
            expect(ageOf(table, key)).toBe(known === undefined ? -1 : nowMs - known.atMs);
            if (known === undefined) firsts = [...firsts, { key, atMs: nowMs }].slice(-count);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a thousand times pushes nobody out of a window of a thousand', () => {
    const early: boolean[] = [];
    const table = markTable({ ms: 60_000, count: 1000 }, newSecret(), (_, isEarly) => early.push(isEarly));
    for (let n = 0; n < 900; n += 1) ageOf(table, keyOf(n));
    for (let n = 0; n < 1000; n += 1) {
      ageOf(table, 'fails');
      ageOf(table, `meanwhile ${n % 50}`);
      table.remove('fails');
    }
    expect(ageOf(table, keyOf(0))).toBe(0);
    expect([table.size, early]).toEqual([950, []]);
  });

  test('with more newer ones than are moved, its place is free when those are removed too', () => {
    const early: boolean[] = [];
    const table = markTable({ ms: 60_000, count: 5000 }, newSecret(), (_, isEarly) => early.push(isEarly));
    ageOf(table, 'before');
    const failing = Array.from({ length: 3000 }, (_, n) => keyOf(n));
    for (const key of failing) ageOf(table, key);
    table.remove(failing[0] ?? '');
    expect(table.size).toBe(3001);
    expect([ageOf(table, failing[0] ?? ''), ageOf(table, failing[2999] ?? '')]).toEqual([-1, 0]);
    for (const key of failing) table.remove(key);
    expect([table.size, ageOf(table, 'before'), early]).toEqual([1, 0, []]);
  });
});

test('with more keys at one place than it can count distances, copies pass, but nothing unseen is dropped', () => {
  const table = markTable({ ms: 1000, count: 2000 }, crowding(), () => undefined);
  const keys = Array.from({ length: 1000 }, (_, n) => `k${n}`);
  for (const key of keys) expect(ageOf(table, key)).toBe(-1);
  const copies = keys.filter((key) => ageOf(table, key) >= 0).length;
  expect(copies).toBeGreaterThan(0);
  expect(copies).toBeLessThan(1000);
  for (const key of keys) expect(ageOf(table, `other ${key}`)).toBe(-1);
});

test('a long run through a full window drops every copy and nothing else, and uses the same memory', () => {
  const count = 5000;
  const table = markTable({ ms: 1_000_000, count }, newSecret(), () => undefined);
  const { bytes } = table;
  for (let n = 0; n < 60_000; n += 1) {
    table.advance(n);
    const fresh = ageOf(table, keyOf(n));
    const copy = n < 100 ? 100 : ageOf(table, keyOf(n - 100));
    const oldest = n < count ? count - 1 : ageOf(table, keyOf(n - count + 1));
    if (fresh !== -1 || copy !== 100 || oldest !== count - 1) expect({ n, fresh, copy, oldest }).toBeUndefined();
  }
  expect(table.size).toBe(count);
  expect(table.bytes).toBe(bytes);
});

test('a key takes at most 24 bytes', () => {
  const table = markTable({ ms: 1000, count: 100_000 }, newSecret(), () => undefined);
  expect(table.bytes / 100_000).toBeLessThan(24);
});

test('after a pause that ends all windows at once no single message pays for it', () => {
  const forgotten: boolean[] = [];
  const table = markTable({ ms: 1000, count: 10_000 }, newSecret(), (_, early) => forgotten.push(early));
  for (let n = 0; n < 10_000; n += 1) ageOf(table, keyOf(n));
  table.advance(5000);
  expect(ageOf(table, keyOf(9999))).toBe(-1);
  expect(forgotten.length).toBeLessThan(10);
  expect(table.has(keyOf(9998))).toBe(false);
  table.sweep(20_000);
  expect(table.size).toBe(1);
  expect(forgotten).toEqual(Array(10_000).fill(false));
});

test('who sent the earlier copies is kept with the key and told when its time is over', () => {
  const over: number[] = [];
  const table = markTable({ ms: 10, count: 5 }, newSecret(), (sources) => over.push(sources));
  table.copies(['a', 'b', 'a'], 0, Uint8Array.of(1, 2, 4));
  expect([...table.before.subarray(2, 3)]).toEqual([1]);
  table.advance(10);
  table.sweep(5);
  expect(over).toEqual([5, 2]);
});

test('a key that is removed is new again, and leaves no trace', () => {
  const table = markTable({ ms: 10, count: 5 }, newSecret(), () => undefined);
  ageOf(table, 'a');
  table.remove('a');
  table.remove('never there');
  expect([table.has('a'), ageOf(table, 'a'), table.has('a')]).toEqual([false, -1, true]);
});

test('more memory than there is is refused with the number', () => {
  expect(() => markTable({ ms: 1, count: 2 ** 40 }, newSecret(), () => undefined)).toThrow(
    expect.objectContaining({ code: 'HF-DEDUPE-MEMORY', message: expect.stringContaining('MiB') }),
  );
});

describe('identities', () => {
  const secret = newIdentitySecret();
  const identityOf = (key: string) => {
    const words = new Int32Array(4);
    identify(key, secret, words, 0);
    return { kind: (words[2] ?? 0) >>> 30, text: words.join() };
  };
  const key = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 70 }),
    fc.string({ unit: fc.constantFrom('\ud800', '\udc00', '\ufffd'), maxLength: 4 }),
    fc.uuid(),
    fc.uuid().map((uuid) => uuid.toUpperCase()),
    fc.uuid().map((uuid) => uuid.replace('-', '0')),
  );

  test('two strings have one identity only if they are the same', () => {
    fc.assert(
      fc.property(key, key, (one, two) => {
        expect(identityOf(one).text === identityOf(two).text).toBe(one === two);
        for (const changed of [`${one}\0`, one.slice(1), one.toUpperCase()]) {
          expect(identityOf(one).text === identityOf(changed).text).toBe(one === changed);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['', 1],
    ['fifteen is held', 1],
    ['ÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿ', 1],
    ['01890a5d-ac96-774b-bcce-b302099a8057', 2],
    ['01890a5d-ac96-774b-0cce-b302099a8057', 0],
    ['01890A5D-AC96-774B-BCCE-B302099A8057', 0],
    ['01890a5d-ac96-774b-bcce-b302099a805g', 0],
    ['sixteen is hashed', 0],
    ['x'.repeat(64), 0],
    ['x'.repeat(65), 3],
    ['Ā', 3],
    ['\ud800', 3],
  ])('%j is of kind %i', (text, kind) => {
    expect(identityOf(text).kind).toBe(kind);
  });

  test('another table draws other words, so that nobody can prepare keys that collide', () => {
    const words = [newIdentitySecret(), newIdentitySecret()].map((each) => {
      const out = new Int32Array(4);
      identify('sixteen is hashed', each, out, 0);
      return out.join();
    });
    expect(words[0]).not.toBe(words[1]);
  });

  test('where two hashed strings differ in one character, all four words differ', () => {
    const words = (text: string) => identityOf(text).text.split(',');
    const [one, two] = [words('cell-7/press/000000001'), words('cell-7/press/000000002')];
    expect(one.filter((word, at) => word === two[at])).toEqual([]);
  });
});

function keyOf(n: number): string {
  return KINDS[n % 3]?.(n) ?? '';
}

function run(window: Window, steps: readonly Step[], secret: TableSecret): number[] {
  const table = markTable(window, secret, () => undefined);
  let nowMs = 0;
  return steps.flatMap(({ waitMs, keys }) => {
    nowMs += waitMs;
    table.advance(nowMs);
    table.copies(keys, 0);
    return [...table.ages.subarray(0, keys.length)];
  });
}

function ageOf(table: MarkTable, key: string): number {
  table.copies([key], 0);
  return table.ages[0] ?? Number.NaN;
}

/** Every verbatim key has the same home. */
function crowding(): TableSecret {
  return { identity: newIdentitySecret(), tabulation: new Int32Array(16 * 256) };
}
