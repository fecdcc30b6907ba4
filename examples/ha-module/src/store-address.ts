import { UsageError } from './command-line.ts';

/** Where the lease lies; `text` is how it was written. */
export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly text: string; readonly path: string }
  | { readonly kind: 'etcd'; readonly text: string; readonly endpoints: readonly string[] };

/** @param text `sqlite:<path>`, or `etcd://<host>:<port>[,<host>:<port>…]`; throws a UsageError for anything else */
export function readStoreAddress(text: string): StoreAddress {
  const path = /^sqlite:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'sqlite', text, path };
  const hosts = /^etcd:\/\/([^/]+)$/.exec(text)?.[1]?.split(',') ?? [];
  const endpoints = hosts.map((host) => `http://${host}`);
  if (endpoints.length > 0 && endpoints.every((endpoint) => URL.canParse(endpoint)))
    return { kind: 'etcd', text, endpoints };
  throw new UsageError(`--store ${text} is no store: write sqlite:<path> or etcd://<host>:<port>[,<host>:<port>…]`);
}
