import type { Clock } from '../../core/index.ts';

export interface OpenLoopOptions {
  readonly clock: Clock;
  readonly ratePerSecond: number;
  /** When so many are under way, one that is due is skipped and counted, never queued. */
  readonly maxInFlight: number;
  /** Sends number `index`; `intendedAtMs` is the wall time at which it was due. Must not throw. */
  readonly send: (index: number, intendedAtMs: number) => Promise<void>;
  /** Ends the loop. */
  readonly signal: AbortSignal;
}

/**
 * Calls `send` at a steady rate whatever becomes of the earlier calls, as clients do who do not know of each other. A loop
 * that waited for answers would send less just when the service is slow, and so hide it ("coordinated omission").
 * A wake-up that comes late sends everything that is due by then, each with its own intended time. Resolves when the signal
 * is aborted and the last call is done.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<{ readonly skipped: number }> {
  const { clock, ratePerSecond, maxInFlight, send, signal } = options;
  const periodMs = 1000 / ratePerSecond;
  const startMonotonicMs = clock.monotonic();
  const startMs = clock.now();
  const inFlight = new Set<Promise<void>>();
  let index = 0;
  let skipped = 0;
  while (!signal.aborted) {
    while (!signal.aborted && startMonotonicMs + index * periodMs <= clock.monotonic()) {
      if (inFlight.size >= maxInFlight) skipped += 1;
      else {
        const call: Promise<void> = send(index, startMs + index * periodMs).finally(() => inFlight.delete(call));
        inFlight.add(call);
      }
      index += 1;
    }
    const waitMs = startMonotonicMs + index * periodMs - clock.monotonic();
    await clock.sleep(Math.max(0, waitMs), signal).catch(() => undefined);
  }
  await Promise.all(inFlight);
  return { skipped };
}
