import type { LeaseStore, Versioned } from '../store.ts';

/** A key in this process's memory, for tests and for several candidates in one process. Give all of them the same one. */
export function memoryStore(): LeaseStore {
  let stored: Versioned | undefined;
  let revision = 0;
  let changed = Promise.withResolvers<void>();
  return {
    name: 'memory',
    async read() {
      return stored;
    },
    async write(value, ifRevision) {
      if (stored?.revision !== ifRevision) return { ok: false };
      revision += 1;
      stored = { revision: String(revision), value };
      changed.resolve();
      changed = Promise.withResolvers<void>();
      return { ok: true, revision: stored.revision };
    },
    async *watch(signal) {
      const { promise: aborted, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve(), { once: true });
      while (!signal.aborted) {
        const next = changed.promise;
        yield stored;
        await Promise.race([next, aborted]);
      }
    },
  };
}
