import { hostname } from 'node:os';
import { ElectionError } from './errors.ts';
import type { LeaseStore } from './store.ts';

export interface ElectionOptions {
  readonly store: LeaseStore;
  /** This candidate's name, as people will read it; no two candidates may share it. Default: host name and process id. */
  readonly holder?: string;
  /** Length of the lease, 100 ms to 1 h. The longest time without a leader is about this. Default 2000. */
  readonly leaseMs?: number;
  /** How long before the lease can be taken by another the signal aborts, beyond the margin for clocks. Default: an eighth of the lease. */
  readonly stopMs?: number;
  /** How long the store may take to answer for the first time. Default 10 000. */
  readonly connectMs?: number;
  /** Ends the candidacy: the term's signal aborts too, and what is held is released once the work has ended. */
  readonly signal?: AbortSignal;
}

export interface Settings {
  readonly store: LeaseStore;
  readonly holder: string;
  readonly leaseMs: number;
  readonly stopMs: number;
  readonly connectMs: number;
  readonly signal: AbortSignal | undefined;
}

const SHORTEST_LEASE_MS = 100;
const LONGEST_LEASE_MS = 3_600_000;

/** The options with their defaults; throws HF-ELECT-OPTION for what cannot be used. */
export function settingsOf(options: ElectionOptions): Settings {
  const { store, signal } = options;
  const leaseMs = options.leaseMs ?? 2000;
  const stopMs = options.stopMs ?? Math.round(leaseMs / 8);
  const connectMs = options.connectMs ?? 10_000;
  const holder = options.holder ?? `${hostname()}/${process.pid}`;
  if (!Number.isInteger(leaseMs) || leaseMs < SHORTEST_LEASE_MS || leaseMs > LONGEST_LEASE_MS) {
    throw optionError(
      `a lease of ${leaseMs} ms`,
      `Choose a whole number from ${SHORTEST_LEASE_MS} to ${LONGEST_LEASE_MS}.`,
    );
  }
  // Beyond that no renewal could time out and be sent again before the leader must stop.
  if (!(stopMs >= 0 && stopMs <= leaseMs / 4)) {
    throw optionError(
      `stopping ${stopMs} ms before the end of a lease of ${leaseMs} ms`,
      'Choose at most a quarter of the lease.',
    );
  }
  if (!(connectMs >= 0)) throw optionError(`connectMs of ${connectMs}`, 'Give a number of milliseconds.');
  if (holder === '' || holder.length > 200) throw optionError(`the name "${holder}"`, 'Give 1 to 200 characters.');
  return { store, holder, leaseMs, stopMs, connectMs, signal };
}

function optionError(what: string, remedy: string): ElectionError {
  return new ElectionError('HF-ELECT-OPTION', `${what} cannot be used`, remedy);
}
