import { setTimeout as sleep } from 'node:timers/promises';
import { ElectionError } from '../errors.ts';
import type { LeaseStore, Versioned } from '../store.ts';
import { denied } from './http.ts';

/** The part of a KV of @nats-io/kv that an election uses; a bucket opened by the caller fits. */
export interface NatsKv {
  get(key: string): Promise<NatsEntry | null>;
  create(key: string, value: string): Promise<number>;
  update(key: string, value: string, revision: number): Promise<number>;
  watch(options: { readonly key: string }): Promise<AsyncIterable<NatsEntry> & { stop(): void }>;
}

export interface NatsEntry {
  readonly operation: 'PUT' | 'DEL' | 'PURGE';
  readonly revision: number;
  string(): string;
}

/**
 * A key in a NATS JetStream bucket. The bucket must keep its keys: no ttl. Three replicas on three servers make it a
 * store that survives the loss of one.
 *
 * @param kv a bucket opened with @nats-io/kv; it and its connection stay the caller's
 */
export function natsStore({
  kv,
  bucket,
  key,
}: {
  readonly kv: NatsKv;
  readonly bucket: string;
  readonly key: string;
}): LeaseStore {
  const name = `NATS bucket ${bucket}, key ${key}`;
  return {
    name,
    async read(signal) {
      return versionedIn(await heeding(signal, kv.get(key)));
    },
    async write(value, ifRevision, signal) {
      const write = ifRevision === undefined ? kv.create(key, value) : kv.update(key, value, Number(ifRevision));
      try {
        return { ok: true, revision: String(await heeding(signal, write)) };
      } catch (error) {
        if (isConflict(error)) return { ok: false };
        throw explained(name, error);
      }
    },
    async *watch(signal) {
      const entries = await kv.watch({ key });
      const stop = () => entries.stop();
      signal.addEventListener('abort', stop, { once: true });
      try {
        // The watch begins with the key's last entry too; but of a key that is absent it says nothing.
        const first = await kv.get(key);
        yield versionedIn(first);
        for await (const entry of entries) if (entry.revision > (first?.revision ?? 0)) yield versionedIn(entry);
      } finally {
        signal.removeEventListener('abort', stop);
        entries.stop();
      }
    },
  };
}

export interface NatsOptions {
  readonly servers: readonly string[];
  readonly bucket: string;
  readonly key: string;
  readonly user?: string;
  readonly password?: string;
  /** How long NATS may take to answer, and JetStream to be ready. Default 10 000. */
  readonly connectMs?: number;
  /** Ends the waiting; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Connects by itself, and creates the bucket if it is not there. Needs @nats-io/transport-node and @nats-io/kv. Throws
 * HF-ELECT-STORE-DENIED at once, and HF-ELECT-STORE-UNREACHABLE after `connectMs`.
 */
export async function connectNatsStore(options: NatsOptions): Promise<LeaseStore> {
  const { servers, bucket, key, connectMs = 10_000, signal } = options;
  const name = `NATS at ${servers.join(', ')}, bucket ${bucket}, key ${key}`;
  const deadlineMs = performance.now() + connectMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await opened(options, name, Math.ceil(Math.max(1, deadlineMs - performance.now())));
    } catch (error) {
      signal?.throwIfAborted();
      const reason = error instanceof ElectionError ? error : explained(name, error);
      if (reason.code !== 'HF-ELECT-STORE-UNREACHABLE') throw reason;
      if (performance.now() + RETRY_MS >= deadlineMs) throw unanswered(name, connectMs, reason);
      await sleep(RETRY_MS, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    }
  }
}

const RETRY_MS = 100;

/** One try at a handshake. It cannot be given up from outside: nobody who wants to end shall wait for it for long. */
const HANDSHAKE_MS = 2000;

async function opened(options: NatsOptions, name: string, withinMs: number): Promise<LeaseStore> {
  const { servers, bucket, user, password, key, signal } = options;
  const { connect } = await peer('@nats-io/transport-node');
  const { Kvm } = await peer('@nats-io/kv');
  const login = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { pass: password }) };
  const reconnecting = { maxReconnectAttempts: -1, reconnectTimeWait: 100 };
  const timeout = Math.min(withinMs, HANDSHAKE_MS);
  const connection = await connect({ servers, timeout, ...reconnecting, ...login });
  const inTime = AbortSignal.timeout(withinMs);
  try {
    const kv: NatsKv = await heeding(
      signal ? AbortSignal.any([inTime, signal]) : inTime,
      new Kvm(connection).create(bucket),
    );
    return { ...natsStore({ kv, bucket, key }), name, close: () => connection.close() };
  } catch (error) {
    // It would be opened again and again, and keep the process from ending.
    await connection.close();
    throw error;
  }
}

function unanswered(name: string, connectMs: number, cause: ElectionError): ElectionError {
  return new ElectionError(
    'HF-ELECT-STORE-UNREACHABLE',
    `${name} gave no answer within ${connectMs} ms: ${cause.message}`,
    'Check that NATS runs with JetStream on and that its address is right; give it more time, connectMs or --connect, if it starts later than this program.',
    { cause },
  );
}

async function peer(packageName: string) {
  try {
    return await import(packageName);
  } catch (error) {
    throw new ElectionError('HF-ELECT-OPTION', `${packageName} is not installed`, `Run npm install ${packageName}.`, {
      cause: error,
    });
  }
}

function versionedIn(entry: NatsEntry | null): Versioned | undefined {
  return entry === null || entry.operation !== 'PUT'
    ? undefined
    : { revision: String(entry.revision), value: entry.string() };
}

/** The client of NATS takes no signal: its late answer is ignored. */
async function heeding<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
    answer.catch(() => undefined);
  }
}

/** JetStream's error 10071, "wrong last sequence": the key has another revision. */
function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 10071;
}

function explained(name: string, error: unknown): ElectionError {
  const message = error instanceof Error ? error.message : String(error);
  if (/authorization|permissions? violation/i.test(message)) return denied(name, message);
  return new ElectionError(
    'HF-ELECT-STORE-UNREACHABLE',
    `${name}: ${message}`,
    'Check that NATS runs with JetStream on.',
    {
      cause: error,
    },
  );
}
