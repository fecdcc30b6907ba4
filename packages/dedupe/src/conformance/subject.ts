import type { LocalStore, RemoteStore } from '../store.ts';

/** A store to be held to what dedupe promises. */
export interface Subject {
  /** A client of its own for each call; those with the same place see the same marks if the store is shared. */
  store(place: string): LocalStore | RemoteStore | Promise<LocalStore | RemoteStore>;
  /** Time that the test can move, where it is not the server's. */
  readonly clock?: { now(): number; advance(ms: number): void };
  /** How much later than its time a key may be forgotten. */
  readonly slackMs: number;
  readonly boundsCount: boolean;
  readonly isShared: boolean;
  readonly looks: boolean;
  /** Puts something there that no dedupe wrote. */
  readonly occupy?: (place: string) => Promise<void> | void;
  /** Makes the server answer nothing until resumed. */
  readonly silence?: () => void;
  readonly resume?: () => void;
  stop(): Promise<void> | void;
}

export function movableClock(): Required<Subject>['clock'] {
  let nowMs = 1000;
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
