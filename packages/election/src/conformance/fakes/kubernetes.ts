import { at, parseJson, textAt } from '../../stores/json.ts';
import { type Asked, type Fake, reply, serve } from './serve.ts';

/**
 * Leases as the Kubernetes API conventions describe: resourceVersion as optimistic lock, 409 AlreadyExists and Conflict,
 * watch from a resourceVersion on as JSON lines.
 */
export function fakeKubernetes(token: string): Promise<Fake> {
  const leases = new Map<string, Record<string, unknown>>();
  const history: { version: number; type: string; name: string; object: unknown }[] = [];
  const watchers = new Set<{ name: string; asked: Asked }>();
  let version = 100;

  function store(name: string, type: string, lease: unknown): Record<string, unknown> {
    version += 1;
    const object = {
      kind: 'Lease',
      spec: at(lease, 'spec'),
      metadata: { name, annotations: at(lease, 'metadata', 'annotations'), resourceVersion: String(version) },
    };
    leases.set(name, object);
    history.push({ version, type, name, object });
    for (const each of watchers)
      if (each.name === name) each.asked.response.write(`${JSON.stringify({ type, object })}\n`);
    return object;
  }

  function watch(asked: Asked): void {
    const name = (asked.url.searchParams.get('fieldSelector') ?? '').replace('metadata.name=', '');
    const since = asked.url.searchParams.get('resourceVersion');
    asked.response.writeHead(200, { 'content-type': 'application/json' });
    asked.response.flushHeaders();
    const missed = history.filter((each) => each.name === name && since !== null && each.version > Number(since));
    const current = leases.get(name);
    if (since === null && current) asked.response.write(`${JSON.stringify({ type: 'ADDED', object: current })}\n`);
    for (const { type, object } of missed) asked.response.write(`${JSON.stringify({ type, object })}\n`);
    const watcher = { name, asked };
    watchers.add(watcher);
    asked.response.on('close', () => watchers.delete(watcher));
  }

  return serve((asked) => {
    if (asked.header('authorization') !== `Bearer ${token}`) return reply(asked, 401, { reason: 'Unauthorized' });
    const [, , , , , , , leaseName] = asked.url.pathname.split('/');
    const body = parseJson(asked.body);
    const name = leaseName === undefined ? (textAt(body, 'metadata', 'name') ?? '') : decodeURIComponent(leaseName);
    const existing = leases.get(name);
    if (asked.method === 'GET' && leaseName === undefined) return watch(asked);
    if (asked.method === 'GET') return reply(asked, existing ? 200 : 404, existing ?? { reason: 'NotFound' });
    if (asked.method === 'POST') {
      if (existing) return reply(asked, 409, { reason: 'AlreadyExists' });
      return reply(asked, 201, store(name, 'ADDED', body));
    }
    if (!existing) return reply(asked, 404, { reason: 'NotFound' });
    if (textAt(body, 'metadata', 'resourceVersion') !== textAt(existing, 'metadata', 'resourceVersion')) {
      return reply(asked, 409, { reason: 'Conflict' });
    }
    reply(asked, 200, store(name, 'MODIFIED', body));
  });
}
