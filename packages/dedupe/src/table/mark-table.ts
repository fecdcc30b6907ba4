import { randomFillSync } from 'node:crypto';
import { DedupeError } from '../errors.ts';
import type { Window } from '../store.ts';
import { type IdentitySecret, identify, isHashed, NO_KEY, newIdentitySecret } from './identity.ts';
import { times } from './times.ts';

/**
 * Remembers keys for a window, in memory that is fixed beforehand and without an object for any of them: a ring of
 * entries in the order in which they came, and an index of it, open addressed in Robin Hood order.
 *
 *     an entry       16 bytes of identity, 2 of time, 1 of sources
 *     an index slot  4 bytes: position in the ring (24 bits), probe distance + 1 (8 bits), 0 where it is empty
 *
 * With four of five slots in use that is 23.9 bytes a key. The home of a key is found by simple tabulation hashing with random
 * tables, with which linear probing takes constant time whatever the keys (Patrascu and Thorup, The Power of Simple
 * Tabulation Hashing, J. ACM 59 (3), 2012); nobody who does not know the tables can make keys crowd one place.
 */
export interface MarkTable {
  /**
   * Remembers the keys that are new, in their order, from the one at `start` on, up to LARGEST_GROUP of them.
   *
   * @param from the bit of the source that each copy came from, or 0
   */
  copies(keys: readonly string[], start: number, from?: Uint8Array): void;
  /** After `copies`: for each of the group the age of the first copy, milliseconds, or -1 if it is the first. */
  readonly ages: Float64Array;
  /** After `copies`: the sources of the earlier copies of each. */
  readonly before: Uint8Array;
  has(key: string): boolean;
  /**
   * Forgets a key, as if it had never come. If more than 1000 others came since, it goes on counting among `count` until
   * its time is over, or until those are removed too.
   */
  remove(key: string): void;
  /** Sets the clock: whole milliseconds from 0 on. Going back has no effect. */
  advance(nowMs: number): void;
  /** Drops up to `most` entries whose time is over, so that they are told to `forget`. */
  sweep(most: number): void;
  /** Entries, those included whose time is over but that were not swept yet. */
  readonly size: number;
  readonly bytes: number;
  /** Of no use; without it the loads that it sums would be left out. */
  readonly touched: number;
}

export const LARGEST_GROUP = 64;

export interface TableSecret {
  readonly identity: IdentitySecret;
  /** 16 tables of 256 words, one for each byte of an identity. */
  readonly tabulation: Int32Array;
}

/** Told of every entry that is dropped: the sources it came from, and whether `count` pushed it out before its time. */
export type Forget = (sources: number, early: boolean) => void;

const SLOTS_FOR_KEY = 1.23;
const MOST_DISTANCE = 255;
/** Entries swept with each new one: more than one, so that a burst is worked off; few, so that nobody waits for it. */
const SWEEP = 4;
/** Entries moved up to close the gap of one that is removed: about 0.1 ms. */
const MOST_MOVED = 1000;

export function newSecret(): TableSecret {
  return { identity: newIdentitySecret(), tabulation: randomFillSync(new Int32Array(16 * 256)) };
}

/** Throws HF-DEDUPE-MEMORY if the memory cannot be had. */
export function markTable(window: Window, secret: TableSecret, forget: Forget): MarkTable {
  const { ms, count } = window;
  const { identity, tabulation } = secret;
  const slots = Math.ceil(count * SLOTS_FOR_KEY) + 1;
  const scale = slots / 2 ** 32;
  const { identities, sources, index, when } = allocate(window, slots);
  const ids = new Int32Array(LARGEST_GROUP * 4);
  const homes = new Int32Array(LARGEST_GROUP);
  const ages = new Float64Array(LARGEST_GROUP);
  const before = new Uint8Array(LARGEST_GROUP);

  let nowMs = 0;
  let size = 0;
  /** The ring: where the oldest and the next entry are, and the number of the oldest. */
  let tail = 0;
  let head = 0;
  let oldest = 0;
  let touched = 0;

  /** The slot of the key that is the n-th of the group, or -1. */
  function find(n: number): number {
    const a = ids[n << 2];
    const b = ids[(n << 2) + 1];
    const c = ids[(n << 2) + 2];
    const d = ids[(n << 2) + 3];
    let slot = homes[n] ?? 0;
    for (let distance = 1; distance <= MOST_DISTANCE; distance += 1) {
      const entry = index[slot] ?? 0;
      const its = entry & 255;
      if (its < distance) return -1;
      if (its === distance) {
        const at = (entry >>> 8) << 2;
        if (identities[at] === a && identities[at + 1] === b && identities[at + 2] === c && identities[at + 3] === d) {
          return slot;
        }
      }
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
    return -1;
  }

  function home(a: number, b: number, c: number, d: number): number {
    // What is hashed already need not be hashed again.
    const word = isHashed(c) ? a : four(a, 0) ^ four(b, 1024) ^ four(c, 2048) ^ four(d, 3072);
    return Math.floor((word >>> 0) * scale);
  }

  function four(word: number, table: number): number {
    return (
      (tabulation[table | (word & 255)] ?? 0) ^
      (tabulation[table | 256 | ((word >>> 8) & 255)] ?? 0) ^
      (tabulation[table | 512 | ((word >>> 16) & 255)] ?? 0) ^
      (tabulation[table | 768 | (word >>> 24)] ?? 0)
    );
  }

  function homeOf(position: number): number {
    const at = position << 2;
    return home(identities[at] ?? 0, identities[at + 1] ?? 0, identities[at + 2] ?? 0, identities[at + 3] ?? 0);
  }

  function ageOf(position: number): number {
    return nowMs - when.at(numberOf(position), position);
  }

  function numberOf(position: number): number {
    const passed = position - tail;
    return oldest + (passed < 0 ? passed + count : passed);
  }

  function addToIndex(position: number, from: number): void {
    let slot = from;
    let carried = (position << 8) | 1;
    for (;;) {
      const entry = index[slot] ?? 0;
      if ((entry & 255) < (carried & 255)) {
        index[slot] = carried;
        if (entry === 0) return;
        carried = entry;
      }
      // Does not happen with random tables. What it costs is that the copy of one key may pass.
      if ((carried & 255) === MOST_DISTANCE) return;
      carried += 1;
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
  }

  /** The slot that points to this entry, or -1. */
  function slotOf(position: number): number {
    let slot = homeOf(position);
    for (let distance = 1; distance <= MOST_DISTANCE; distance += 1) {
      const entry = index[slot] ?? 0;
      if ((entry & 255) < distance) return -1;
      if (entry >>> 8 === position) return slot;
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
    return -1;
  }

  /** Moves back what was pushed on by the entry that was here. */
  function closeGap(from: number): void {
    for (let slot = from; ; ) {
      const next = slot + 1 === slots ? 0 : slot + 1;
      const entry = index[next] ?? 0;
      if ((entry & 255) <= 1) {
        index[slot] = 0;
        return;
      }
      index[slot] = entry - 1;
      slot = next;
    }
  }

  function dropOldest(early: boolean): void {
    if (!isRemoved(tail)) {
      const slot = slotOf(tail);
      if (slot !== -1) closeGap(slot);
      forget(sources[tail] ?? 0, early);
    }
    tail = tail + 1 === count ? 0 : tail + 1;
    oldest += 1;
    size -= 1;
  }

  function sweep(most: number): void {
    for (let each = 0; each < most && size > 0 && ageOf(tail) >= ms; each += 1) dropOldest(false);
  }

  function add(n: number, source: number): void {
    sweep(SWEEP);
    if (size === count) dropOldest(ageOf(tail) < ms);
    const at = head << 2;
    for (let word = 0; word < 4; word += 1) identities[at + word] = ids[(n << 2) + word] ?? 0;
    sources[head] = source;
    when.append(head);
    addToIndex(head, homes[n] ?? 0);
    head = head + 1 === count ? 0 : head + 1;
    size += 1;
  }

  /** Takes an entry that is in no slot any more out of the ring. */
  function takeOut(position: number): void {
    const number = numberOf(position);
    const newer = oldest + size - 1 - number;
    if (newer > MOST_MOVED) {
      identities[(position << 2) + 2] = NO_KEY;
      return;
    }
    let gap = position;
    for (let n = 0; n < newer; n += 1) {
      const next = gap + 1 === count ? 0 : gap + 1;
      move(next, gap);
      gap = next;
    }
    when.remove(number);
    head = gap;
    size -= 1;
    dropRemovedNewest();
  }

  function move(from: number, to: number): void {
    const slot = isRemoved(from) ? -1 : slotOf(from);
    if (slot !== -1) index[slot] = (to << 8) | ((index[slot] ?? 0) & 255);
    identities.copyWithin(to << 2, from << 2, (from << 2) + 4);
    sources[to] = sources[from] ?? 0;
    when.move(from, to);
  }

  /** What stayed in the ring because of newer entries goes when those are removed. */
  function dropRemovedNewest(): void {
    for (;;) {
      const newest = head === 0 ? count - 1 : head - 1;
      if (size === 0 || !isRemoved(newest)) return;
      when.remove(oldest + size - 1);
      head = newest;
      size -= 1;
    }
  }

  function isRemoved(position: number): boolean {
    return identities[(position << 2) + 2] === NO_KEY;
  }

  function read(key: string, n: number): void {
    const at = n << 2;
    identify(key, identity, ids, at);
    homes[n] = home(ids[at] ?? 0, ids[at + 1] ?? 0, ids[at + 2] ?? 0, ids[at + 3] ?? 0);
  }

  /** Loads what the group will need. Here no load waits for another, so the memory is waited for once, not for each. */
  function touch(group: number): void {
    let sum = 0;
    for (let n = 0; n < group; n += 1) sum ^= index[homes[n] ?? 0] ?? 0;
    for (let n = 0; n < group; n += 1) sum ^= identities[((index[homes[n] ?? 0] ?? 0) >>> 8) << 2] ?? 0;
    for (let n = 0; n < group; n += 1) sum ^= index[homeOf(tail + n < count ? tail + n : 0)] ?? 0;
    touched = sum;
  }

  function copy(n: number, source: number): void {
    const slot = find(n);
    if (slot !== -1) {
      const position = (index[slot] ?? 0) >>> 8;
      const ageMs = ageOf(position);
      if (ageMs < ms) {
        const earlier = sources[position] ?? 0;
        sources[position] = earlier | source;
        before[n] = earlier;
        ages[n] = ageMs;
        return;
      }
      // Its entry stays in the ring until it is swept, but nobody finds it any more.
      closeGap(slot);
    }
    add(n, source);
    ages[n] = -1;
  }

  return {
    copies(keys, start, from) {
      const group = Math.min(keys.length - start, LARGEST_GROUP);
      for (let n = 0; n < group; n += 1) read(keys[start + n] ?? '', n);
      touch(group);
      for (let n = 0; n < group; n += 1) copy(n, from === undefined ? 0 : (from[start + n] ?? 0));
    },
    ages,
    before,
    has(key) {
      read(key, 0);
      const slot = find(0);
      return slot !== -1 && ageOf((index[slot] ?? 0) >>> 8) < ms;
    },
    remove(key) {
      read(key, 0);
      const slot = find(0);
      if (slot === -1) return;
      const position = (index[slot] ?? 0) >>> 8;
      closeGap(slot);
      takeOut(position);
    },
    advance(toMs) {
      if (toMs <= nowMs) return;
      nowMs = toMs;
      when.advance(toMs, oldest + size);
    },
    sweep,
    get touched() {
      return touched;
    },
    get size() {
      return size;
    },
    bytes: identities.byteLength + sources.byteLength + index.byteLength + count * 2,
  };
}

function allocate({ ms, count }: Window, slots: number) {
  try {
    return {
      identities: new Int32Array(count * 4),
      sources: new Uint8Array(count),
      index: new Int32Array(slots),
      when: times(count, ms),
    };
  } catch (cause) {
    throw new DedupeError(
      'HF-DEDUPE-MEMORY',
      `${Math.ceil((count * 24) / 2 ** 20)} MiB for a window of ${count} keys cannot be allocated`,
      'Choose a smaller window.count, or give the process more memory.',
      { cause },
    );
  }
}
