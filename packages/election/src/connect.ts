import { setTimeout as sleep } from 'node:timers/promises';
import { decodeRecord, type Found } from './core/record.ts';
import { ROUND_TRIPS_IN_A_LEASE } from './core/timings.ts';
import { ElectionError, storeError } from './errors.ts';
import type { Settings } from './options.ts';
import type { LeaseStore, Versioned } from './store.ts';

/**
 * Reaches the store for the first time and measures its round trip. Throws HF-ELECT-STORE-UNREACHABLE when it does not
 * answer in time, HF-ELECT-STORE-DENIED, HF-ELECT-FOREIGN-KEY, and HF-ELECT-LEASE-TOO-SHORT with the measured number.
 *
 * @returns the round trip, milliseconds: the median of three reads over a connection that already stands
 */
export async function connect(settings: Settings): Promise<number> {
  const { store, leaseMs } = settings;
  await firstAnswer(settings);
  const trips: number[] = [];
  for (let each = 0; each < 3; each += 1) {
    const sentMs = performance.now();
    await read(store, Math.max(settings.connectMs, leaseMs), settings.signal);
    trips.push(performance.now() - sentMs);
  }
  const roundTripMs = trips.sort((a, b) => a - b)[1] ?? 0;
  const shortestMs = Math.ceil(roundTripMs * ROUND_TRIPS_IN_A_LEASE);
  if (leaseMs < shortestMs) {
    throw new ElectionError(
      'HF-ELECT-LEASE-TOO-SHORT',
      `a lease of ${leaseMs} ms is too short for ${store.name}: a read took ${roundTripMs.toFixed(1)} ms, and a lease must last ` +
        `${ROUND_TRIPS_IN_A_LEASE} round trips so that a lost renewal can be sent again`,
      `Choose a lease of at least ${shortestMs} ms, or a store that is nearer.`,
    );
  }
  return roundTripMs;
}

/** The record in what a store returned; throws HF-ELECT-FOREIGN-KEY if no election wrote it. */
export function foundIn(versioned: Versioned | undefined, storeName: string): Found | null {
  if (versioned === undefined) return null;
  const record = decodeRecord(versioned.value);
  if (record !== undefined) return { revision: versioned.revision, record };
  const excerpt = versioned.value.length > 60 ? `${versioned.value.slice(0, 60)}…` : versioned.value;
  throw new ElectionError(
    'HF-ELECT-FOREIGN-KEY',
    `${storeName} holds something that no election wrote: ${JSON.stringify(excerpt)}`,
    'Choose a key of its own for this election, or remove what is there if nobody needs it.',
  );
}

async function firstAnswer(settings: Settings): Promise<void> {
  const { store, connectMs, signal } = settings;
  const deadlineMs = performance.now() + connectMs;
  for (;;) {
    try {
      const versioned = await read(store, Math.max(1, deadlineMs - performance.now()), signal);
      foundIn(versioned, store.name);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ElectionError && isFinal(error)) throw error;
      if (performance.now() + RETRY_MS >= deadlineMs) {
        const cause = storeError(error, store.name);
        throw new ElectionError(
          'HF-ELECT-STORE-UNREACHABLE',
          `${store.name} gave no answer within ${connectMs} ms: ${cause.message}`,
          'Check that the store runs and that its address is right; give it more time, connectMs or --connect, if it starts later than this program.',
          { cause },
        );
      }
      await sleep(RETRY_MS, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    }
  }
}

const RETRY_MS = 100;

/** Whether trying again would only give the same answer. */
export function isFinal(error: ElectionError): boolean {
  return (
    error.code === 'HF-ELECT-STORE-DENIED' || error.code === 'HF-ELECT-FOREIGN-KEY' || error.code === 'HF-ELECT-OPTION'
  );
}

/** Also ends when a store does not heed its signal. */
async function read(
  store: LeaseStore,
  withinMs: number,
  signal: AbortSignal | undefined,
): Promise<Versioned | undefined> {
  const timeout = AbortSignal.timeout(Math.ceil(withinMs));
  const either = signal ? AbortSignal.any([timeout, signal]) : timeout;
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = () => reject(either.reason);
  either.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([store.read(either), ended]);
  } finally {
    either.removeEventListener('abort', end);
  }
}
