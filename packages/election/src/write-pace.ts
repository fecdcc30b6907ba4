import { ROUND_TRIPS_IN_A_LEASE, timingsOf } from './core/timings.ts';
import { ElectionError } from './errors.ts';
import type { Settings } from './options.ts';

/** Learns from a candidacy's first writes whether the store takes writes in the time that the lease allows. */
export interface WritePace {
  /** Whether another measure is wanted: a write that is given up shall then go on, to be measured. */
  readonly open: boolean;
  /**
   * A write was answered. Returns HF-ELECT-LEASE-TOO-SHORT once no candidate could ever lead.
   *
   * @param written false if it lost the comparison; stores are quick about that, for nothing goes to a disk
   */
  answered(tookMs: number, written: boolean): ElectionError | undefined;
}

/** So many that one flush of a disk or one new connection does not count. */
const MEASURES = 3;

/** Ends with the first write that is quick enough: whatever is slow later may pass, and is reported as trouble. */
export function writePace({ store, leaseMs, stopMs }: Settings): WritePace {
  const { requestMs } = timingsOf(leaseMs, stopMs);
  const slowMs: number[] = [];
  let open = true;
  return {
    get open() {
      return open;
    },
    answered(tookMs, written) {
      if (!open) return undefined;
      if (tookMs > requestMs) slowMs.push(tookMs);
      else if (written) open = false;
      if (slowMs.length < MEASURES) return undefined;
      open = false;
      return tooShort(store.name, leaseMs, requestMs, Math.min(...slowMs));
    },
  };
}

function tooShort(storeName: string, leaseMs: number, requestMs: number, writeMs: number): ElectionError {
  return new ElectionError(
    'HF-ELECT-LEASE-TOO-SHORT',
    `a lease of ${leaseMs} ms is too short for ${storeName}: each of the first ${MEASURES} writes took ${writeMs.toFixed(1)} ms or ` +
      `more, and a write that is not answered within ${requestMs} ms, a quarter of the lease, counts as lost`,
    `Choose a lease of at least ${Math.ceil(writeMs * ROUND_TRIPS_IN_A_LEASE)} ms, or a store that writes faster.`,
  );
}
