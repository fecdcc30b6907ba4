import { hash } from 'node:crypto';
import { DedupeError, messageOf } from '../errors.ts';
import type { RemoteMarks, RemoteStore, Window } from '../store.ts';
import { heldKey } from './held-key.ts';
import { peer } from './peer.ts';

/** The part of a client of the `redis` package that is used; one that the caller has connected fits. */
export interface RedisClient {
  sendCommand(words: readonly string[]): Promise<unknown>;
}

export interface RedisOptions {
  /** A connected client; it stays the caller's. */
  readonly client?: RedisClient;
  /** `redis://user:password@host:6379/0` or `rediss://…`: connects by itself. Needs the `redis` package. */
  readonly url?: string;
  /** Redis's key, for this dedupe alone. Default `holdfast:dedupe`. */
  readonly key?: string;
  /** How long an answer may take, also the first one. Default 5000. */
  readonly answerMs?: number;
}

/**
 * Marks in one sorted set of a Redis server, by a script: one round trip for up to 1000 messages. Several receivers may
 * share it if all use `admit`. About 120 bytes of the server's memory for each key of the window.
 *
 * Time is the server's: a clock set forward there lets copies pass, one set back makes it remember longer. Marks live as
 * long as the server keeps them: `appendonly yes`, and no eviction. A failover to a replica may lose the last of them.
 */
export function redisStore(options: RedisOptions): RemoteStore {
  const { client, url, key = 'holdfast:dedupe', answerMs = 5000 } = options;
  const name = `Redis${url === undefined ? '' : ` at ${hostOf(url)}`}, key ${key}`;
  return {
    kind: 'remote',
    name,
    async open(window) {
      if (client !== undefined) return marksOver(client, { key, name, answerMs, window, close: async () => undefined });
      const own = await connect(url ?? 'redis://127.0.0.1:6379', name, answerMs);
      const close = async () => own.destroy();
      try {
        return await marksOver(own, { key, name, answerMs, window, close });
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

const LARGEST_BATCH = 1000;

/**
 * A mark's score is the time in microseconds at which it was made, always larger than all before, so that the set is in
 * the order in which they came. Answers a digit for each key, 1 for fresh, and how many were forgotten early.
 */
const SCRIPT = `
local set, mode, window, count = KEYS[1], ARGV[1], tonumber(ARGV[2]) * 1000, tonumber(ARGV[3])
local kind = redis.call('TYPE', set).ok
if kind ~= 'none' and kind ~= 'zset' then return redis.error_reply('FOREIGN a ' .. kind) end
local newest = redis.call('ZRANGE', set, -1, -1, 'WITHSCORES')
if newest[1] and not string.find(newest[1], '^[=#]') then return redis.error_reply('FOREIGN a set of other members') end
local time = redis.call('TIME')
local last = tonumber(newest[2] or 0)
local now = math.max(time[1] * 1000000 + time[2], last)
local fresh, early = {}, 0
if mode == 'look' then
  for at = 4, #ARGV do
    local score = redis.call('ZSCORE', set, ARGV[at])
    fresh[at - 3] = (score and now - score < window) and '0' or '1'
  end
  return {table.concat(fresh), 0}
end
redis.call('ZREMRANGEBYSCORE', set, '-inf', string.format('%.0f', now - window))
local size = redis.call('ZCARD', set)
for at = 4, #ARGV do
  local score = math.max(now, last + 1)
  local added = redis.call('ZADD', set, 'NX', string.format('%.0f', score), ARGV[at])
  fresh[at - 3] = tostring(added)
  if added == 1 then
    last = score
    size = size + 1
  end
  if size > count then
    early = early + redis.call('ZREMRANGEBYRANK', set, 0, size - count - 1)
    size = count
  end
end
redis.call('PEXPIRE', set, ARGV[2])
return {table.concat(fresh), early}`;

const SCRIPT_SHA = hash('sha1', SCRIPT);

interface Place {
  readonly key: string;
  readonly name: string;
  readonly answerMs: number;
  readonly window: Window;
  close(): Promise<void>;
}

async function marksOver(client: RedisClient, place: Place): Promise<RemoteMarks> {
  const { key, name, answerMs, window, close } = place;
  let forgottenEarly = 0;

  async function run(mode: 'mark' | 'look', keys: readonly string[]): Promise<boolean[]> {
    const rest = ['1', key, mode, String(window.ms), String(window.count), ...keys.map(heldKey)];
    const [fresh, early] = replyIn(await evaluate(rest), keys.length, name);
    forgottenEarly += early;
    return Array.from(fresh, (each) => each === '1');
  }

  async function evaluate(rest: readonly string[]): Promise<unknown> {
    try {
      return await within(answerMs, client.sendCommand(['EVALSHA', SCRIPT_SHA, ...rest]));
    } catch (error) {
      if (!messageOf(error).startsWith('NOSCRIPT')) throw explained(name, error);
    }
    try {
      return await within(answerMs, client.sendCommand(['EVAL', SCRIPT, ...rest]));
    } catch (error) {
      throw explained(name, error);
    }
  }

  async function inBatches(mode: 'mark' | 'look', keys: readonly string[]): Promise<boolean[]> {
    const answers: boolean[] = [];
    for (let at = 0; at < keys.length; at += LARGEST_BATCH) {
      answers.push(...(await run(mode, keys.slice(at, at + LARGEST_BATCH))));
    }
    return answers;
  }

  // Shows at the start what would otherwise come with the first message: a wrong password, a key of another kind.
  await run('look', []);
  return {
    mark: (keys) => inBatches('mark', keys),
    unseen: (keys) => inBatches('look', keys),
    get forgottenEarly() {
      return forgottenEarly;
    },
    close,
  };
}

function replyIn(reply: unknown, count: number, name: string): [fresh: string, early: number] {
  const [fresh, early] = Array.isArray(reply) ? reply : [];
  if (typeof fresh === 'string' && fresh.length === count && typeof early === 'number') return [fresh, early];
  throw explained(name, new Error(`an answer that no script of ours gives: ${JSON.stringify(reply)}`));
}

async function connect(url: string, name: string, answerMs: number) {
  const redis = await peer('redis');
  let connected = false;
  try {
    const client = redis.createClient({
      url,
      // A message waits for its verdict; it does not wait for a server that may come back some day.
      disableOfflineQueue: true,
      socket: {
        connectTimeout: answerMs,
        reconnectStrategy: (tries: number) => (connected ? Math.min(50 * 2 ** tries, 2000) : false),
      },
    });
    // What fails is told by the command that fails.
    client.on('error', () => undefined);
    await within(answerMs, client.connect()).catch((error) => {
      client.destroy();
      throw error;
    });
    connected = true;
    return client;
  } catch (error) {
    throw explained(name, error);
  }
}

function explained(name: string, error: unknown): DedupeError {
  const message = messageOf(error);
  if (/^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH)/.test(message)) {
    return new DedupeError('HF-DEDUPE-STORE-DENIED', `${name}: ${message}`, 'Check the user and password in the URL.');
  }
  if (message.startsWith('FOREIGN')) {
    return new DedupeError(
      'HF-DEDUPE-FOREIGN-STORE',
      `${name} holds ${message.slice('FOREIGN '.length)}, which no dedupe wrote`,
      'Give another key, for this dedupe alone.',
    );
  }
  if (/^[A-Z]+ /.test(message) || message.startsWith('an answer')) {
    return new DedupeError('HF-DEDUPE-STORE-FAILED', `${name}: ${message}`, 'Look at the Redis server.', {
      cause: error,
    });
  }
  return new DedupeError(
    'HF-DEDUPE-STORE-UNREACHABLE',
    `${name} could not be reached: ${message}`,
    'Check that Redis runs and that its address is right.',
    { cause: error },
  );
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined);
  }
}

/** Without what is secret. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is no URL';
}
