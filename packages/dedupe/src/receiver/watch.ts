import type { MqttClient } from 'mqtt';
import { DedupeError } from '../errors.ts';

/** One connection to a broker, as the status shows it. */
export interface Watched {
  readonly broker: string;
  readonly side: 'from' | 'to';
  readonly connected: boolean;
  /** What went wrong last, while it is not connected. */
  readonly trouble: string | undefined;
}

export interface BrokerWatch extends Watched {
  /** Settles the first connection. */
  up(): void;
  note(error: Error): void;
  /** Resolves when it is connected for the first time; rejects when that takes too long or will never be. */
  readonly first: Promise<void>;
  stop(): void;
}

interface WatchOptions {
  readonly broker: string;
  readonly side: 'from' | 'to';
  readonly connectMs: number;
  /** What no waiting mends. */
  fail(error: DedupeError): void;
  /** Another reason than a twin for connections that end right after they were made. */
  refused(): DedupeError | undefined;
  say(line: string): void;
}

/** Session taken over, Bad user name or password, Not authorized, Banned (MQTT 5, section 2.4). */
const TAKEN_OVER = 142;
const DENIED = [134, 135, 138];
/** Mosquitto 2.0 takes a session over without a word to the old client, and the two take it from each other for ever. */
const SHORT_LIFE_MS = 2000;
const MOST_SHORT_LIVES = 5;

/** Tells what waiting mends from what it does not. A lost connection is made again for ever, and said once. */
export function watchBroker(options: WatchOptions): BrokerWatch & { attach(client: MqttClient): void } {
  const { broker, side } = options;
  const { promise: first, resolve, reject } = Promise.withResolvers<void>();
  // It may fail before anybody waits for it.
  first.catch(() => {});
  let connected = false;
  let everConnected = false;
  let trouble: string | undefined;
  let connectedAtMs = Number.NEGATIVE_INFINITY;
  let shortLives = 0;
  const timer = setTimeout(() => {
    reject(
      new DedupeError(
        'HF-DEDUPE-BROKER-UNREACHABLE',
        `${broker} gave no answer within ${options.connectMs} ms${trouble === undefined ? '' : `: ${trouble}`}`,
        'Check the address, and that the broker runs and speaks MQTT 5.',
      ),
    );
  }, options.connectMs);

  function fail(error: DedupeError): void {
    clearTimeout(timer);
    reject(error);
    options.fail(error);
  }

  function note(error: Error): void {
    if ('code' in error && typeof error.code === 'number' && DENIED.includes(error.code)) {
      fail(
        new DedupeError(
          'HF-DEDUPE-BROKER-DENIED',
          `${broker}: ${error.message}`,
          'Check user, password and what this user may subscribe and publish; see holdfast-dedupe --help.',
          { cause: error },
        ),
      );
      return;
    }
    const text = reasonOf(error);
    if (everConnected && text !== trouble) options.say(`${broker}: ${text}; goes on trying`);
    trouble = text;
  }

  return {
    broker,
    side,
    first,
    note,
    get connected() {
      return connected;
    },
    get trouble() {
      return trouble;
    },
    up() {
      if (everConnected && !connected) options.say(`${broker}: connected again`);
      connected = true;
      everConnected = true;
      trouble = undefined;
      clearTimeout(timer);
      resolve();
    },
    attach(client) {
      client.on('close', () => {
        if (connected && !client.disconnecting) options.say(`${broker}: connection lost; goes on trying`);
        connected = false;
      });
      client.on('disconnect', (packet) => {
        if (packet.reasonCode === TAKEN_OVER) fail(twin(`${broker}: another client has taken the name`, client));
      });
      client.on('connect', () => {
        connectedAtMs = performance.now();
      });
      client.on('close', () => {
        shortLives = performance.now() - connectedAtMs < SHORT_LIFE_MS ? shortLives + 1 : 0;
        connectedAtMs = Number.NEGATIVE_INFINITY;
        if (shortLives === MOST_SHORT_LIVES)
          fail(
            options.refused() ??
              twin(
                `${broker} ended ${shortLives} connections right after they were made, as it does for two clients of one name:`,
                client,
              ),
          );
      });
    },
    stop: () => clearTimeout(timer),
  };
}

function twin(message: string, client: MqttClient): DedupeError {
  return new DedupeError(
    'HF-DEDUPE-TWIN',
    `${message} ${client.options.clientId}`,
    'Run this receiver once, or give each one its own --name and its own store.',
  );
}

/** A refused connection to a host with two addresses is an AggregateError, whose own message is empty. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError)
    return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join(', ');
  return error.message;
}
