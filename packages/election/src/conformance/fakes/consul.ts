import { at, parseJson, textAt } from '../../stores/json.ts';
import { type Asked, type Fake, reply, serve } from './serve.ts';

/** Consul's KV store as its API documentation describes GET with blocking queries, and PUT /v1/txn with the verb cas. */
export function fakeConsul(token: string): Promise<Fake> {
  const entries = new Map<string, { value: string; index: number }>();
  let index = 10;
  const blocked: (() => void)[] = [];

  function get(asked: Asked): void {
    const entry = entries.get(decodeURIComponent(asked.url.pathname.slice('/v1/kv/'.length)));
    const known = Number(asked.url.searchParams.get('index') ?? 0);
    if (known >= index) {
      blocked.push(() => get(asked));
      return;
    }
    const headers = { 'x-consul-index': String(index) };
    if (entry === undefined) reply(asked, 404, '', headers);
    else reply(asked, 200, [{ Value: entry.value, ModifyIndex: entry.index }], headers);
  }

  function transact(asked: Asked): void {
    const set = at(parseJson(asked.body), 0, 'KV');
    const [verb, key, value] = [textAt(set, 'Verb'), textAt(set, 'Key') ?? '', textAt(set, 'Value') ?? ''];
    if (verb !== 'cas') {
      reply(asked, 400, 'unknown verb');
      return;
    }
    // Index 0 creates and never overwrites; any other must be the entry's own.
    if ((entries.get(key)?.index ?? 0) !== at(set, 'Index')) {
      reply(asked, 409, { Results: null, Errors: [{ OpIndex: 0, What: 'failed to set key, index is stale' }] });
      return;
    }
    index += 1;
    entries.set(key, { value, index });
    reply(asked, 200, { Results: [{ KV: { Key: key, ModifyIndex: index, Value: null } }], Errors: null });
    for (const waiting of blocked.splice(0)) waiting();
  }

  return serve((asked) => {
    if (asked.header('x-consul-token') !== token) reply(asked, 403, 'Permission denied');
    else if (asked.method === 'GET') get(asked);
    else if (asked.method === 'PUT' && asked.url.pathname === '/v1/txn') transact(asked);
    else reply(asked, 405, '');
  });
}
