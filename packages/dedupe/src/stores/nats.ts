import type { Verdict } from '../dedupe.ts';
import { DedupeError, messageOf } from '../errors.ts';
import type { RemoteStore } from '../store.ts';
import { heldKey } from './held-key.ts';
import { peer } from './peer.ts';

/** The part of a client of @nats-io/jetstream that publishing needs. */
export interface JetStreamPublisher {
  publish(
    subject: string,
    payload?: Uint8Array | string,
    options?: { readonly msgID?: string; readonly timeout?: number },
  ): Promise<{ readonly duplicate: boolean }>;
}

/**
 * Publishes a message under its key as `Nats-Msg-Id`, so that of the copies of two hosts the stream keeps the first. This is
 * exactly once into the stream, with no receiver between: the message itself is the mark. The stream's `duplicate_window`
 * is the window, by time alone.
 */
export async function publishOnce(
  jetstream: JetStreamPublisher,
  message: { readonly subject: string; readonly payload: Uint8Array | string; readonly key: string },
): Promise<Verdict> {
  const { duplicate } = await jetstream.publish(message.subject, message.payload, { msgID: heldKey(message.key) });
  return duplicate ? 'duplicate' : 'first';
}

export interface NatsOptions {
  readonly servers: readonly string[];
  /** A stream for this dedupe alone; created if it is not there. Default `HOLDFAST_DEDUPE`. */
  readonly stream?: string;
  readonly user?: string;
  readonly password?: string;
  /** How long an answer may take, also the first one. Default 5000. */
  readonly answerMs?: number;
}

/**
 * Marks by JetStream's own message ids: an empty message for each key, which the server refuses a second time.
 *
 * The server keeps ids for `window.ms` and not by `count`: `count` only says how many it finds again after its own restart.
 * It cannot be asked without marking, so there is `admit` but no `handle` and no `filter`: where a crash of the receiver
 * must lose nothing, let the senders use `publishOnce` and consume that stream with acknowledgements.
 *
 * Needs @nats-io/transport-node and @nats-io/jetstream.
 */
export function natsStore(options: NatsOptions): RemoteStore {
  const { servers, stream = 'HOLDFAST_DEDUPE', user, password, answerMs = 5000 } = options;
  const name = `NATS at ${servers.join(', ')}, stream ${stream}`;
  const subject = `${stream}.marks`;
  const login = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { pass: password }) };
  return {
    kind: 'remote',
    name,
    async open(window) {
      const { connect } = await peer('@nats-io/transport-node');
      const { jetstream, jetstreamManager } = await peer('@nats-io/jetstream');
      let connection: { close(): Promise<void> } | undefined;
      try {
        connection = await connect({
          servers,
          timeout: answerMs,
          maxReconnectAttempts: -1,
          reconnectTimeWait: 100,
          ...login,
        });
        const config = {
          name: stream,
          subjects: [subject],
          storage: 'file',
          retention: 'limits',
          discard: 'old',
          max_msgs: window.count,
          max_age: window.ms * 1_000_000,
          duplicate_window: window.ms * 1_000_000,
        };
        await ensureStream(await jetstreamManager(connection, { timeout: answerMs }), config, name);
        const publisher: JetStreamPublisher = jetstream(connection, { timeout: answerMs });
        return {
          async mark(keys) {
            try {
              // Published in their order over one connection, so that of two in one call the first is the first.
              const acks = await Promise.all(
                keys.map((key) => publisher.publish(subject, '', { msgID: heldKey(key), timeout: answerMs })),
              );
              return acks.map((ack) => !ack.duplicate);
            } catch (error) {
              throw explained(name, error);
            }
          },
          forgottenEarly: 0,
          close: async () => connection?.close(),
        };
      } catch (error) {
        await connection?.close();
        throw explained(name, error);
      }
    },
  };
}

interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly duplicate_window: number;
}

interface StreamManager {
  readonly streams: {
    info(stream: string): Promise<{ readonly config: StreamConfig }>;
    add(config: StreamConfig): Promise<unknown>;
    update(stream: string, config: StreamConfig): Promise<unknown>;
  };
}

async function ensureStream({ streams }: StreamManager, config: StreamConfig, name: string): Promise<void> {
  const found = await streams.info(config.name).catch((error: unknown) => {
    if (messageOf(error).includes('stream not found')) return undefined;
    throw error;
  });
  if (found === undefined) {
    await streams.add(config);
  } else if (found.config.subjects.join() !== config.subjects.join()) {
    throw new DedupeError(
      'HF-DEDUPE-FOREIGN-STORE',
      `${name} takes ${found.config.subjects.join(', ')}, so no dedupe made it`,
      'Give another stream, for this dedupe alone.',
    );
  } else {
    await streams.update(config.name, config);
  }
}

function explained(name: string, error: unknown): DedupeError {
  if (error instanceof DedupeError) return error;
  const message = messageOf(error);
  if (/authorization|permissions? violation|authentication/i.test(message)) {
    return new DedupeError('HF-DEDUPE-STORE-DENIED', `${name}: ${message}`, 'Check user and password.');
  }
  if (/duplicates? window|stream|jetstream/i.test(message)) {
    return new DedupeError('HF-DEDUPE-STORE-FAILED', `${name}: ${message}`, 'Look at JetStream on that server.', {
      cause: error,
    });
  }
  return new DedupeError(
    'HF-DEDUPE-STORE-UNREACHABLE',
    `${name} could not be reached: ${message}`,
    'Check that NATS runs with JetStream on.',
    { cause: error },
  );
}
