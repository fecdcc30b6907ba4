import type { LeaseStore } from '../store.ts';

/** A store to be held to the contract of LeaseStore. */
export interface Subject {
  /** A client of its own for each call, as every candidate has. */
  open(key: string): LeaseStore | Promise<LeaseStore>;
  /** Makes the service answer nothing until resumed; where the fake or the server can. */
  readonly silence?: () => void;
  readonly resume?: () => void;
  stop(): Promise<void> | void;
}
