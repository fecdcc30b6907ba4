import type { LocalStore } from '../store.ts';
import { inGroups } from '../table/groups.ts';
import { markTable, newSecret } from '../table/mark-table.ts';

/** Marks in this process's memory: 24 bytes a key of `window.count`, allocated at the start. Gone with the process. */
export function memoryStore(): LocalStore {
  return {
    kind: 'local',
    name: 'memory',
    open(window, clock, forget) {
      let forgottenEarly = 0;
      const originMs = clock();
      const table = markTable(window, newSecret(), (sources, early) => {
        if (early) forgottenEarly += 1;
        forget(sources, early);
      });
      const advance = () => table.advance(Math.floor(clock() - originMs));
      return {
        table,
        mark(keys) {
          advance();
          const fresh: boolean[] = [];
          inGroups(table, keys, undefined, (_at, ageMs) => fresh.push(ageMs < 0));
          return fresh;
        },
        unseen(keys) {
          advance();
          return keys.map((key) => !table.has(key));
        },
        get forgottenEarly() {
          return forgottenEarly;
        },
        close: () => undefined,
      };
    },
  };
}
