import { ElectionError } from '../errors.ts';
import type { LeaseStore, Versioned } from '../store.ts';
import { denied, failed, type HttpClient, type HttpRequest, type HttpResponse, httpClient, type Tls } from './http.ts';
import { at, parseJson, textAt } from './json.ts';

export interface EtcdOptions {
  /** Client addresses of the members, as `http://10.0.0.1:2379`. The next one is used when one fails. */
  readonly endpoints: readonly string[];
  readonly key: string;
  readonly user?: string;
  readonly password?: string;
  readonly tls?: Tls;
}

/**
 * A key in etcd 3.4 or later, through its JSON gateway (https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/).
 *
 * etcd's own leases are not used: the key must stay for ever, since it keeps tokens growing, and the length of the
 * election's lease lies in the record. A transaction that compares mod_revision is all that is needed.
 */
export function etcdStore(options: EtcdOptions): LeaseStore {
  const { endpoints, user, password } = options;
  const key = base64(options.key);
  if (!endpoints.every((each) => URL.canParse(each))) {
    // Not repeated here: it may hold a password.
    throw new ElectionError('HF-ELECT-OPTION', 'an endpoint of etcd is no URL', 'Write it as in http://10.0.0.1:2379.');
  }
  const name = `etcd at ${endpoints.map((each) => new URL(each).host).join(', ')}, key ${options.key}`;
  const client: HttpClient = httpClient(options.tls);
  let endpoint = 0;
  let token: string | undefined;

  function url(path: string): URL {
    return new URL(path, endpoints[endpoint % endpoints.length]);
  }

  async function request(path: string, body: unknown, signal: AbortSignal): Promise<HttpRequest> {
    if (user !== undefined && token === undefined) token = await logIn(signal);
    return {
      method: 'POST',
      url: url(path),
      body: JSON.stringify(body),
      signal,
      ...(token === undefined ? {} : { headers: { authorization: token } }),
    };
  }

  async function logIn(signal: AbortSignal): Promise<string> {
    const body = JSON.stringify({ name: user, password });
    const response = await client.send({ method: 'POST', url: url('/v3/auth/authenticate'), body, signal });
    const given = textAt(parseJson(response.body), 'token');
    if (given === undefined) throw failure(name, response);
    return given;
  }

  /** A member that does not answer, or answers that it has no leader, is left for the next one. */
  async function call(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    try {
      const response = await client.send(await request(path, body, signal));
      if (response.status === 200) return parseJson(response.body);
      throw failure(name, response);
    } catch (error) {
      // The password was changed, or the token has run out: log in again next time.
      token = undefined;
      endpoint += 1;
      throw error;
    }
  }

  return {
    name,
    async read(signal) {
      return versionedIn(at(await call('/v3/kv/range', { key }, signal), 'kvs', 0));
    },
    async write(value, ifRevision, signal) {
      const answer = await call(
        '/v3/kv/txn',
        {
          // An absent key has the revision 0.
          compare: [{ key, target: 'MOD', result: 'EQUAL', mod_revision: ifRevision ?? '0' }],
          success: [{ request_put: { key, value: base64(value) } }],
        },
        signal,
      );
      const revision = textAt(answer, 'header', 'revision');
      if (revision === undefined) throw unexpected(name, answer);
      return at(answer, 'succeeded') === true ? { ok: true, revision } : { ok: false };
    },
    async *watch(signal) {
      // Another member than the one that answers reads may be behind: begin after what was read.
      const read = await call('/v3/kv/range', { key }, signal);
      const start = BigInt(textAt(read, 'header', 'revision') ?? '0') + 1n;
      const body = { create_request: { key, start_revision: String(start) } };
      const response = await client.stream(await request('/v3/watch', body, signal));
      if (response.statusCode !== 200) throw unexpected(name, response.statusCode);
      yield versionedIn(at(read, 'kvs', 0));
      for await (const message of lines(response)) {
        const result = at(parseJson(message), 'result');
        if (result === undefined || at(result, 'canceled') === true) throw unexpected(name, message);
        const events = at(result, 'events');
        if (!Array.isArray(events)) continue;
        for (const event of events) yield at(event, 'type') === 'DELETE' ? undefined : versionedIn(at(event, 'kv'));
      }
    },
    close: () => client.close(),
  };
}

function versionedIn(kv: unknown): Versioned | undefined {
  const revision = textAt(kv, 'mod_revision');
  if (revision === undefined) return undefined;
  return { revision, value: Buffer.from(textAt(kv, 'value') ?? '', 'base64').toString('utf8') };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part !== '') yield part;
  }
}

/** A token that has run out, or that another member does not know, is renewed by the next call: that is no wrong password. */
function failure(name: string, response: HttpResponse): ElectionError {
  const error = parseJson(response.body);
  const message = textAt(error, 'message') ?? textAt(error, 'error') ?? response.body;
  const wrong = /authentication failed|invalid user|user name is empty|permission denied|not enabled/i.test(message);
  return wrong ? denied(name, message) : failed(name, `HTTP ${response.status} ${message}`);
}

function unexpected(name: string, answer: unknown): ElectionError {
  return failed(name, String(JSON.stringify(answer)).slice(0, 200));
}
