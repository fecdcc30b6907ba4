import { hostname } from 'node:os';
import { inspect } from 'node:util';
import { ElectionError } from './errors.ts';
import { nearest } from './nearest.ts';
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
  checkShape(options);
  const { store, signal } = options;
  const leaseMs = options.leaseMs ?? 2000;
  const stopMs = options.stopMs ?? Math.round(leaseMs / 8);
  const connectMs = options.connectMs ?? 10_000;
  const holder = options.holder ?? `${hostname()}/${process.pid}`;
  for (const [name, value] of Object.entries({ leaseMs, stopMs, connectMs })) {
    if (typeof value === 'number') continue;
    throw optionError(`${name} of ${inspect(value)}, which is no number,`, 'Give a number of milliseconds.');
  }
  if (typeof holder !== 'string') throw optionError(`holder of ${inspect(holder)}`, 'Give a name as a string.');
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

const OPTIONS: Readonly<Record<keyof ElectionOptions, true>> = {
  store: true,
  holder: true,
  leaseMs: true,
  stopMs: true,
  connectMs: true,
  signal: true,
};

const STORE_REMEDY = "Give one, as in sqliteStore({ path: '/tmp/press.db', key: 'press' }).";

/** What the types forbid, and JavaScript does not: it would fail far from here, or only after `connectMs`. */
function checkShape(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw optionError(`options of type ${kindOf(options)}`, "Give an object, as in { store, holder: 'press-a' }.");
  }
  const store: unknown = Reflect.get(options, 'store');
  if (store === undefined) throw new ElectionError('HF-ELECT-OPTION', 'there is no store', STORE_REMEDY);
  if (store instanceof Promise) {
    throw optionError('a promise of a store', 'Await it, as in await connectNatsStore({…}).');
  }
  const missing = ['read', 'write'].filter((name) => !isMethodOf(store, name));
  if (missing.length > 0) {
    throw optionError(`a store of type ${kindOf(store)} without ${missing.join('() and ')}()`, STORE_REMEDY);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(OPTIONS, name)) continue;
    const meant = nearest(name, Object.keys(OPTIONS));
    throw new ElectionError(
      'HF-ELECT-OPTION',
      `there is no option "${name}"`,
      meant === undefined ? `Leave it out; there are ${Object.keys(OPTIONS).join(', ')}.` : `Write ${meant}.`,
    );
  }
}

function isMethodOf(store: unknown, name: string): boolean {
  return typeof store === 'object' && store !== null && typeof Reflect.get(store, name) === 'function';
}

/** Not the value itself: an address given for a store may hold a password. */
function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function optionError(what: string, remedy: string): ElectionError {
  return new ElectionError('HF-ELECT-OPTION', `${what} cannot be used`, remedy);
}
