import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 30_000;

/** What the probe finds, asked every few milliseconds; throws when that takes longer than 30 s, or when the signal aborts. */
export async function until<T>(what: string, probe: () => T | undefined | false, signal: AbortSignal): Promise<T> {
  const deadlineMs = performance.now() + LIMIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const found = probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`waited ${LIMIT_MS / 1000} s in vain for ${what}`);
    await sleep(2);
  }
}
