import type { Change, Term } from '../election.ts';
import type { LeaseStore } from '../store.ts';

/** What happened so far, for the status endpoint. */
export interface Tally {
  readonly key: string;
  readonly holder: string;
  term: Term | undefined;
  leader: { readonly holder: string; readonly token: number } | undefined;
  terms: number;
  readonly lost: Map<string, number>;
  /** Requests by kind and outcome, and the seconds they took together. */
  readonly requests: Map<string, { count: number; seconds: number }>;
  trouble: string | undefined;
  /** Whether the last write is known to have been carried out. */
  written: boolean;
}

export function newTally(key: string, holder: string): Tally {
  return {
    key,
    holder,
    term: undefined,
    leader: undefined,
    terms: 0,
    lost: new Map(),
    requests: new Map(),
    trouble: undefined,
    written: false,
  };
}

export function count(tally: Tally, change: Change): void {
  switch (change.kind) {
    case 'leading':
      tally.term = change.term;
      tally.leader = { holder: change.term.holder, token: change.term.token };
      tally.terms += 1;
      return;
    case 'lost':
      tally.term = undefined;
      tally.leader = undefined;
      tally.lost.set(change.because, (tally.lost.get(change.because) ?? 0) + 1);
      return;
    case 'following':
      tally.leader =
        change.holder === undefined || change.token === undefined
          ? undefined
          : { holder: change.holder, token: change.token };
      return;
    case 'trouble':
      tally.trouble = change.error.message;
      return;
  }
}

/** The same store, its reads and writes counted and timed. */
export function metered(store: LeaseStore, tally: Tally): LeaseStore {
  const failing = new Set<'read' | 'write'>();
  async function timed<T>(kind: 'read' | 'write', call: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    let outcome = 'failed';
    try {
      const result = await call();
      outcome = 'ok';
      failing.delete(kind);
      if (failing.size === 0) tally.trouble = undefined;
      return result;
    } catch (error) {
      failing.add(kind);
      throw error;
    } finally {
      const entry = tally.requests.get(`${kind} ${outcome}`) ?? { count: 0, seconds: 0 };
      entry.count += 1;
      entry.seconds += (performance.now() - startedMs) / 1000;
      tally.requests.set(`${kind} ${outcome}`, entry);
    }
  }
  return {
    ...store,
    read: (signal) => timed('read', () => store.read(signal)),
    async write(value, ifRevision, signal) {
      tally.written = false;
      const result = await timed('write', () => store.write(value, ifRevision, signal));
      tally.written = result.ok;
      return result;
    },
  };
}
