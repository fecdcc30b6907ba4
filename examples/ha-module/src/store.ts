import type { LeaseStore } from '@holdfast/election';
import { etcdStore } from '@holdfast/election/etcd';
import { sqliteStore } from '@holdfast/election/sqlite';
import type { StoreAddress } from './store-address.ts';

/** Throws an ElectionError where an SQLite file cannot be opened; etcd is first asked by the election. */
export function openStore(address: StoreAddress, key: string): LeaseStore {
  if (address.kind === 'sqlite') return sqliteStore({ path: address.path, key });
  return etcdStore({ endpoints: address.endpoints, key });
}
