import { ElectionError } from '../errors.ts';
import type { LeaseStore, Versioned } from '../store.ts';
import { denied, failed } from './http.ts';
import { openResp, type RedisAddress, RedisError, type Reply, type Resp } from './resp.ts';

export interface RedisOptions extends RedisAddress {
  readonly key: string;
  readonly user?: string;
  readonly password?: string;
  readonly database?: number;
}

/**
 * A key in one Redis server, compared and swapped by a script. Changes are pushed over the channel of the key's name.
 *
 * The server must keep what it has acknowledged: `appendonly yes` with `appendfsync always` for tokens that survive its
 * crash, and no eviction of keys without expiry. Replication is asynchronous: after a failover to a replica, by Sentinel
 * or in a cluster, the last writes may be gone, and two candidates may lead. Use etcd or NATS where that must not be.
 *
 * Three commands are all it needs, so it speaks Redis's protocol itself; that also lets it drop a connection the moment a
 * request is given up, which a client that queues and retries would not.
 */
export function redisStore(options: RedisOptions): LeaseStore {
  const { key } = options;
  const name = `Redis at ${options.host}:${options.port}, key ${key}`;
  const ready = new WeakSet<Resp>();
  let connection: Resp | undefined;

  async function call(signal: AbortSignal, ...words: readonly string[]): Promise<Reply> {
    signal.throwIfAborted();
    if (connection === undefined || connection.ended) connection = openResp(options);
    const here = connection;
    // Whatever is still under way on it is lost with it: a late answer cannot be told from a later command's.
    const drop = () => here.end(new Error('given up'));
    signal.addEventListener('abort', drop, { once: true });
    try {
      if (!ready.has(here)) await logIn(here);
      ready.add(here);
      return answer(await here.command(...words));
    } catch (error) {
      here.end();
      throw explained(error);
    } finally {
      signal.removeEventListener('abort', drop);
    }
  }

  async function logIn(here: Resp): Promise<void> {
    const { user, password, database } = options;
    if (password !== undefined) answer(await here.command('AUTH', ...(user === undefined ? [] : [user]), password));
    if (database !== undefined) answer(await here.command('SELECT', String(database)));
  }

  function explained(error: unknown): ElectionError {
    if (error instanceof ElectionError) return error;
    const message = error instanceof Error ? error.message : String(error);
    if (/^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH)/.test(message)) return denied(name, message);
    if (/^WRONGTYPE/.test(message)) {
      return new ElectionError(
        'HF-ELECT-FOREIGN-KEY',
        `${name} is not a string`,
        'Choose a key of its own for this election.',
      );
    }
    if (error instanceof RedisError) return failed(name, message);
    return new ElectionError(
      'HF-ELECT-STORE-UNREACHABLE',
      `${options.host}:${options.port} could not be reached: ${message}`,
      'Check that Redis runs and that its address is right.',
      {
        cause: error,
      },
    );
  }

  async function read(signal: AbortSignal): Promise<Versioned | undefined> {
    return versioned(await call(signal, 'GET', key));
  }

  return {
    name,
    read,
    async write(value, ifRevision, signal) {
      const swapped = await call(
        signal,
        'EVAL',
        COMPARE_AND_SWAP,
        '1',
        key,
        value,
        ...(ifRevision === undefined ? [] : [ifRevision]),
      );
      return swapped === 1 ? { ok: true, revision: value } : { ok: false };
    },
    async *watch(signal) {
      const subscription = openResp(options);
      let news: string | undefined;
      let changed = Promise.withResolvers<void>();
      const end = () => subscription.end();
      signal.addEventListener('abort', end, { once: true });
      try {
        await logIn(subscription);
        answer(await subscription.command('SUBSCRIBE', `holdfast:${key}`));
        subscription.onPush((reply) => {
          const [, , message] = Array.isArray(reply) ? reply : [];
          if (typeof message === 'string') news = message;
          changed.resolve();
        });
        yield await read(signal);
        while (!subscription.ended) {
          await changed.promise;
          changed = Promise.withResolvers<void>();
          if (news !== undefined) yield versioned(news);
          news = undefined;
        }
      } catch (error) {
        throw explained(error);
      } finally {
        signal.removeEventListener('abort', end);
        subscription.end();
      }
    },
    close: () => connection?.end(),
  };
}

/** No content is ever written twice, so the content is its own revision. */
const COMPARE_AND_SWAP = `
local now = redis.call('GET', KEYS[1])
if now ~= (ARGV[2] or false) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('PUBLISH', 'holdfast:' .. KEYS[1], ARGV[1])
return 1`;

function versioned(reply: Reply): Versioned | undefined {
  return typeof reply === 'string' ? { revision: reply, value: reply } : undefined;
}

function answer(reply: Reply): Reply {
  if (reply instanceof RedisError) throw reply;
  return reply;
}
