import bloomFilters from 'bloom-filters';
import { LRUCache } from 'lru-cache';
import { dedupe } from '../../packages/dedupe/src/index.ts';
import { memoryStore } from '../../packages/dedupe/src/stores/memory.ts';

export interface Result {
  readonly subject: string;
  readonly keys: string;
  readonly messagesPerSecond: number;
  readonly cpuNanoseconds: number;
  /** Heap and array buffers, against before it was made. */
  readonly bytesPerKey: number;
  readonly residentBytesPerKey: number;
  readonly filled: number;
  readonly droppedUnseen: number;
}

/** Takes messages and says how many of them it let through. */
export type Take = (messages: readonly string[]) => number;

const WINDOW_MS = 3_600_000;

async function ours(count: number) {
  return dedupe<string>({ key: (message) => message, window: { ms: WINDOW_MS, count }, store: memoryStore() });
}

export const SUBJECTS = {
  'dedupe, in batches': async (count: number): Promise<Take> => {
    const unique = await ours(count);
    return (messages) => unique.admitAll(messages).filter((verdict) => verdict === 'first').length;
  },
  'dedupe, one by one': async (count: number): Promise<Take> => {
    const unique = await ours(count);
    return (messages) => messages.filter((message) => unique.admit(message) === 'first').length;
  },
  /** No expiry by time: only the oldest go. An iterator that is kept finds them; a new one each time would be slow. */
  Set: async (count: number): Promise<Take> => {
    const seen = new Set<string>();
    const oldest = seen.values();
    return (messages) =>
      messages.filter((message) => {
        if (seen.has(message)) return false;
        seen.add(message);
        if (seen.size > count) seen.delete(oldest.next().value ?? '');
        return true;
      }).length;
  },
  'Map with expiry': async (count: number): Promise<Take> => {
    const seen = new Map<string, number>();
    const oldest = seen.keys();
    return (messages) => {
      const nowMs = performance.now();
      return messages.filter((message) => {
        const atMs = seen.get(message);
        if (atMs !== undefined && nowMs - atMs < WINDOW_MS) return false;
        seen.delete(message);
        seen.set(message, nowMs);
        if (seen.size > count) seen.delete(oldest.next().value ?? '');
        return true;
      }).length;
    };
  },
  'lru-cache': async (count: number): Promise<Take> => {
    const seen = new LRUCache<string, true>({ max: count, ttl: WINDOW_MS });
    return (messages) =>
      messages.filter((message) => {
        if (seen.has(message)) return false;
        seen.set(message, true);
        return true;
      }).length;
  },
  /** Forgets nothing, so it is measured while it fills. */
  'bloom-filters, 1 in 1000': async (count: number): Promise<Take> => {
    const seen = bloomFilters.BloomFilter.create(count, 0.001);
    return (messages) =>
      messages.filter((message) => {
        if (seen.has(message)) return false;
        seen.add(message);
        return true;
      }).length;
  },
} as const;

export type SubjectName = keyof typeof SUBJECTS;

/** Those that take all their memory at the start, however much of it is filled. */
export const FIXED: ReadonlySet<SubjectName> = new Set([
  'dedupe, in batches',
  'dedupe, one by one',
  'bloom-filters, 1 in 1000',
]);
