import fc from 'fast-check';
import type { Window } from '../store.ts';

/** Keys of every kind that a store tells apart in its own way. */
export const KINDS = [
  (n: number) => `k${n}`,
  (n: number) => `00000000-0000-4000-8000-00000000000${n.toString(16)}`,
  (n: number) => `cell-7/press-12/message-${n}`,
  (n: number) => `Maschine „Süd“ ${n}`,
];

export interface Step {
  readonly waitMs: number;
  readonly keys: readonly string[];
}

export const windows = fc.record({ ms: fc.integer({ min: 1, max: 300_000 }), count: fc.integer({ min: 1, max: 12 }) });

export const steps = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 400_000 })),
    keys: fc.array(
      fc.integer({ min: 0, max: 15 }).map((n) => KINDS.map((kind) => kind(n))[n % KINDS.length] ?? ''),
      { maxLength: 8 },
    ),
  }),
  { maxLength: 60 },
);

/** The window's definition, word for word, over a list of first copies: for each key the age of its first copy, or -1. */
export function ages({ ms, count }: Window, each: readonly Step[]): number[] {
  let firsts: { readonly key: string; readonly atMs: number }[] = [];
  let nowMs = 0;
  return each.flatMap(({ waitMs, keys }) => {
    nowMs += waitMs;
    return keys.map((key) => {
      const known = firsts.findLast((first) => first.key === key && nowMs - first.atMs < ms);
      if (known !== undefined) return nowMs - known.atMs;
      firsts = [...firsts, { key, atMs: nowMs }].slice(-count);
      return -1;
    });
  });
}
