import type { DatabaseSync } from 'node:sqlite';
import type { LocalStore, RemoteStore, TransactionalStore } from '../store.ts';
import { wrong } from './address.ts';

/** With SQLite the database too: marks and messages on their way are committed together. */
export type OpenedStore =
  | { readonly store: TransactionalStore; readonly database: DatabaseSync }
  | { readonly store: LocalStore | RemoteStore; readonly database: undefined };

/** Opens the store that `--store` names; only that store's code is loaded. Throws HF-DEDUPE-OPTION, HF-DEDUPE-STORE-DENIED. */
export async function openStore(address: string): Promise<OpenedStore> {
  const [, scheme] = /^([a-z]+):?(.*)$/s.exec(address) ?? [];
  if (address === 'memory') {
    const { memoryStore } = await import('../stores/memory.ts');
    return { store: memoryStore(), database: undefined };
  }
  // Not repeated: it may hold a password.
  throw wrong(
    `there is no store "${scheme ?? address}"`,
    'Write sqlite:/var/lib/cell-7/marks.db, memory or redis://10.0.0.9.',
  );
}
