import type { Forget, MarkTable } from './table/mark-table.ts';

/**
 * How long, and how many keys, are remembered. A copy is dropped if it comes less than `ms` milliseconds after the
 * first one, and fewer than `count` other keys have come since.
 *
 * `count` fixes the memory beforehand. Give it as many messages as can come within `ms`: where more come, the oldest
 * keys are forgotten before their time. That may let a copy pass; it never drops a message that was not seen.
 */
export interface Window {
  /** 1 to 2 592 000 000 (30 days). */
  readonly ms: number;
  /** 1 to 16 777 216. */
  readonly count: number;
}

/** Milliseconds from any origin. Must not step: `performance.now`, not `Date.now`. Set back, time stands still. */
export type Clock = () => number;

/** Marks that are at hand without waiting: in memory, or in a local file. */
export interface LocalMarks {
  /** Marks the keys in their order. True for each that was not marked before, also not earlier in the same call. */
  mark(keys: readonly string[]): boolean[];
  /** True for each key that is not marked. Marks nothing. */
  unseen(keys: readonly string[]): boolean[];
  /** Runs `work` in a transaction with the marks that it makes. If it throws, they are not made. */
  transaction?<T>(work: () => T): T;
  /** The table in which the marks are, if it is one: the sources are then noted there, not in a second one. */
  readonly table?: MarkTable;
  /** Keys that `count` pushed out before their `ms` were over, since the store was opened. */
  readonly forgottenEarly: number;
  close(): void;
}

/** Marks behind a connection. A call that rejects may have been carried out: who does not know lets the message through. */
export interface RemoteMarks {
  mark(keys: readonly string[]): Promise<boolean[]>;
  /** Absent where the store cannot look without marking. */
  unseen?(keys: readonly string[]): Promise<boolean[]>;
  /** Keys that `count` pushed out before their `ms` were over, since the store was opened. */
  readonly forgottenEarly: number;
  close(): Promise<void>;
}

/** Where marks are kept. `open` throws a DedupeError when the store is down, denied, or held by something else. */
export interface LocalStore {
  readonly kind: 'local';
  /** For messages: "SQLite at /var/lib/press/marks.db". No secrets. */
  readonly name: string;
  /** @param forget to be told of each key whose time is over, by a store that has a table */
  open(window: Window, clock: Clock, forget: Forget): LocalMarks;
}

/** A local store that can commit the marks together with the consumer's own writes. */
export interface TransactionalStore extends LocalStore {
  open(window: Window, clock: Clock, forget: Forget): LocalMarks & Required<Pick<LocalMarks, 'transaction'>>;
}

export interface RemoteStore {
  readonly kind: 'remote';
  readonly name: string;
  open(window: Window): Promise<RemoteMarks>;
}
