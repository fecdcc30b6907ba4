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
}

/** Connects by itself, and creates the bucket if it is not there. Needs @nats-io/transport-node and @nats-io/kv. */
export async function connectNatsStore(options: NatsOptions): Promise<LeaseStore> {
  const { servers, bucket, user, password, key } = options;
  const { connect } = await peer('@nats-io/transport-node');
  const { Kvm } = await peer('@nats-io/kv');
  const login = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { pass: password }) };
  const name = `NATS at ${servers.join(', ')}, bucket ${bucket}, key ${key}`;
  try {
    const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100, ...login });
    const kv: NatsKv = await new Kvm(connection).create(bucket);
    return { ...natsStore({ kv, bucket, key }), name, close: () => connection.close() };
  } catch (error) {
    throw explained(name, error);
  }
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

function explained(name: string, error: unknown): Error {
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
