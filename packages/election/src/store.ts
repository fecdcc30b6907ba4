/** The content of the key with a revision that changes whenever the content does and never comes back. */
export interface Versioned {
  readonly revision: string;
  readonly value: string;
}

export type WriteResult = { readonly ok: true; readonly revision: string } | { readonly ok: false };

/**
 * One key in anything that can compare and swap. This is all an election needs of a store.
 *
 * Every call is given a signal that aborts when nobody waits for the answer any more. A call that rejects counts as
 * "outcome unknown": a write may have been carried out, or may yet be. Reject with an ElectionError whose code is
 * `HF-ELECT-STORE-DENIED` for wrong credentials, so that a candidate stops instead of trying for ever.
 */
export interface LeaseStore {
  /** Where the key is, for messages: "etcd at 10.0.0.1:2379, key cell-7/press". No secrets. */
  readonly name: string;
  /** The content, or undefined if the key is absent. An answer that is not the newest costs time, never safety. */
  read(signal: AbortSignal): Promise<Versioned | undefined>;
  /**
   * Sets the content if the key still has `ifRevision`, or, where that is undefined, if it is absent. Atomic. Never
   * `ok: false` unless it is certain that this write has not been, and will not be, carried out.
   */
  write(value: string, ifRevision: string | undefined, signal: AbortSignal): Promise<WriteResult>;
  /** The content now, then each later one as it comes, in order; it may leave out all but the last of several. */
  watch?(signal: AbortSignal): AsyncIterable<Versioned | undefined>;
  /** Ends connections. The store is not used afterwards. */
  close?(): void;
}
