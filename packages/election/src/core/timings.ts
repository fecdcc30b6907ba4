/** Every interval of one candidate, all derived from the length of its lease. Milliseconds. */
export interface Timings {
  /** How long others wait, by their own clock, after they last saw the record change. */
  readonly leaseMs: number;
  /** How long a leader leads, by its own clock, counted from before it sent the write that was confirmed. */
  readonly holdMs: number;
  /** From one confirmed renewal's sending to the next one's. */
  readonly renewMs: number;
  /** After so long a request without an answer counts as lost, its outcome as unknown. */
  readonly requestMs: number;
  /** Pause after a request that failed; twice as long after the second in a row of a candidate that does not lead. */
  readonly retryMs: number;
  /** How often a candidate reads a store that pushes nothing. */
  readonly pollMs: number;
}

/**
 * The part of the lease a leader gives up against clocks that run at different rates. Two clocks may differ in rate by
 * 1 : 1/(1 - 1/8), that is, each may be wrong by 6.6 %: far more than a quartz (0.02 %) or NTP's slewing (0.05 %), and
 * about what chrony does at its fastest (8.3 % in one direction).
 */
export const CLOCK_MARGIN = 1 / 8;

/** The largest error in rate, as a fraction, that each of two clocks may have: (1 + r) / (1 - r) = 1 / (1 - CLOCK_MARGIN). */
export const MAX_CLOCK_RATE_ERROR = CLOCK_MARGIN / (2 - CLOCK_MARGIN);

/** A lease must last so many round trips of its store: a renewal may then be lost, time out and be sent again. */
export const ROUND_TRIPS_IN_A_LEASE = 8;

/**
 * @param leaseMs length of the lease
 * @param stopMs how long before the end of its hold the leader is told to stop
 */
export function timingsOf(leaseMs: number, stopMs: number): Timings {
  return {
    leaseMs,
    holdMs: leaseMs * (1 - CLOCK_MARGIN) - stopMs,
    renewMs: leaseMs / 4,
    requestMs: leaseMs / 4,
    retryMs: leaseMs / 16,
    pollMs: leaseMs / 4,
  };
}
