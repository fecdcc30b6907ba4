import type { LeaseStore, Versioned } from '../store.ts';
import { type HttpResponse, httpClient, refused, type Tls } from './http.ts';
import { at, parseJson, textAt } from './json.ts';

export interface ConsulOptions {
  /** `http://127.0.0.1:8500`: the agent of this host. */
  readonly endpoint: string;
  readonly key: string;
  readonly token?: string;
  readonly tls?: Tls;
}

/**
 * A key in Consul's KV store. Written by a transaction of one check-and-set
 * (https://developer.hashicorp.com/consul/api-docs/txn), because unlike PUT ?cas that answers with the new index.
 * Consul's sessions are not used: their lock-delay and TTL add 15 and 10 seconds and more.
 */
export function consulStore(options: ConsulOptions): LeaseStore {
  const { key, token } = options;
  const name = `Consul at ${new URL(options.endpoint).host}, key ${key}`;
  const client = httpClient(options.tls);
  const headers = token === undefined ? {} : { 'x-consul-token': token };
  const path = `/v1/kv/${key.split('/').map(encodeURIComponent).join('/')}`;

  async function get(
    query: string,
    signal: AbortSignal,
  ): Promise<{ response: HttpResponse; found: Versioned | undefined }> {
    const url = new URL(`${path}?${query}`, options.endpoint);
    const response = await client.send({ method: 'GET', url, headers, signal });
    if (response.status === 404) return { response, found: undefined };
    if (response.status !== 200) throw refused(name, response);
    const entry = at(parseJson(response.body), 0);
    const value = Buffer.from(textAt(entry, 'Value') ?? '', 'base64').toString('utf8');
    return { response, found: { revision: String(at(entry, 'ModifyIndex')), value } };
  }

  return {
    name,
    async read(signal) {
      return (await get('consistent', signal)).found;
    },
    async write(value, ifRevision, signal) {
      // Index 0: only if the key is absent.
      const set = {
        Verb: 'cas',
        Key: key,
        Value: Buffer.from(value).toString('base64'),
        Index: Number(ifRevision ?? 0),
      };
      const url = new URL('/v1/txn', options.endpoint);
      const response = await client.send({ method: 'PUT', url, headers, body: JSON.stringify([{ KV: set }]), signal });
      if (response.status === 409) return { ok: false };
      const index = at(parseJson(response.body), 'Results', 0, 'KV', 'ModifyIndex');
      if (response.status !== 200 || typeof index !== 'number') throw refused(name, response);
      return { ok: true, revision: String(index) };
    },
    async *watch(signal) {
      let { response, found } = await get('consistent', signal);
      yield found;
      while (!signal.aborted) {
        // A blocking query: answers when the index has changed, or after the wait with the same one.
        const index = response.header('x-consul-index') ?? '0';
        ({ response, found } = await get(`consistent&index=${index}&wait=60s`, signal));
        yield found;
      }
    },
    close: () => client.close(),
  };
}
