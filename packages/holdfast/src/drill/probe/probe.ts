import type { Operation } from '../types.ts';

/** A client of the workload: sends numbered writes at a steady rate and reads everything back at the end. */
export interface WorkloadProbe {
  /** Starts the client in a process of its own. It ends when `close` is called or this process dies. */
  open(signal: AbortSignal): ProbeClient;
}

export interface ProbeClient {
  /** Begins to send. Operations arrive in the order of their completion. */
  startLoad(load: LoadOptions, onOperation: (operation: Operation) => void): void;
  /** Stops sending and resolves when the last write under way has an answer or has run out of time. */
  stopLoad(): Promise<LoadSummary>;
  /**
   * Reads back every key that begins with `prefix`, to the end, until two complete reads in a row are equal.
   * Throws HoldfastError when that is not reached in `timeoutMs`.
   */
  readBack(prefix: string, timeoutMs: number): Promise<readonly string[]>;
  /** Ends the client's process. Harmless twice. */
  close(): Promise<void>;
}

interface LoadOptions {
  /** Every key of this load begins with it; no other load uses it. */
  readonly prefix: string;
  readonly ratePerSecond: number;
}

interface LoadSummary {
  /** Writes that were due and not sent, because too many were still without an answer. */
  readonly skipped: number;
}
