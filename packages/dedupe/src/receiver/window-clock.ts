/** A clock that stands still between `hold` and `goOn`. */
export interface WindowClock {
  /** Milliseconds; never steps back. */
  now(): number;
  hold(): void;
  goOn(): void;
}

/**
 * The clock of the window. While copies wait unjudged because too much is on its way, it stands still: an output that is
 * away for longer than the window would otherwise make them look as if they had come too late.
 *
 * @param clock see Clock of the library
 */
export function windowClock(clock: () => number): WindowClock {
  let heldMs = 0;
  let heldSinceMs: number | undefined;
  return {
    now: () => (heldSinceMs ?? clock()) - heldMs,
    hold() {
      heldSinceMs ??= clock();
    },
    goOn() {
      if (heldSinceMs === undefined) return;
      heldMs += clock() - heldSinceMs;
      heldSinceMs = undefined;
    },
  };
}
