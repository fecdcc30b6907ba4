import type { LeaseStore } from '@holdfast/election';
import { etcdStore } from '@holdfast/election/etcd';
import { sqliteStore } from '@holdfast/election/sqlite';

/** @param address `sqlite:<path>`, or `etcd://<host>:<port>[,<host>:<port>…]` */
export function openStore(address: string, key: string): LeaseStore {
  const [scheme, rest = ''] = splitOnce(address, ':');
  if (scheme === 'sqlite' && rest !== '') return sqliteStore({ path: rest, key });
  const hosts = rest.replace(/^\/\//, '');
  if (scheme === 'etcd' && hosts !== '')
    return etcdStore({ endpoints: hosts.split(',').map((host) => `http://${host}`), key });
  throw new Error(`${address} is no store: write sqlite:<path> or etcd://<host>:<port>`);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
