import { type MqttClient, type Packet, Store } from 'mqtt';
import { DedupeError } from '../errors.ts';
import type { Entry } from './outbox.ts';
import { packetSize } from './packet-size.ts';
import { openSession, type SessionOptions } from './session.ts';

export interface OutputOptions extends SessionOptions {
  /** 2: a broker that keeps the session delivers each message exactly once. 1: at least once. */
  readonly qos: 1 | 2;
  /** What an earlier process has left. */
  readonly left: readonly Entry[];
  /**
   * The broker has the message (PUBREC). Call `written` when that is on disk: only then the broker is told to deliver.
   * Otherwise a restart would publish again what the broker no longer knows.
   */
  release(packetId: number, written: () => void): void;
  /** The broker has lost its session: writes that nothing is released any more, before this returns. */
  forgetReleases(): void;
  /** The broker has confirmed everything about this one of those that were left. */
  leftDone(packetId: number): void;
  onTrouble(error: Error): void;
  /** HF-DEDUPE-MESSAGE-REFUSED: no waiting mends it. */
  onRefused(error: DedupeError): void;
  /** @param mostQos what the broker allows for publishing */
  onConnected(mostQos: number): void;
}

export interface Output {
  readonly client: MqttClient;
  /** `done` is called when the broker has confirmed everything about it. */
  send(entry: Entry, done: () => void): void;
  /** Handed to the broker and not confirmed; waiting to be handed. */
  readonly inFlight: number;
  readonly waiting: number;
  readonly published: number;
  /** Published again although the broker may have delivered them, because it had lost its session. */
  readonly inDoubt: number;
  /** The message that the broker seems to end connections for: several were lost while it was out, and nothing answered. */
  refused(): DedupeError | undefined;
}

/** At most this many unconfirmed, fewer where the broker says so (its receive maximum; Mosquitto: 20). */
const MOST_IN_FLIGHT = 200;
const PAUSE_AFTER_REFUSAL_MS = 1000;
/** The first of them may have answered others before. Another client of this name does not hinder answers for so long. */
const MOST_UNANSWERED = 3;

interface Sending {
  readonly entry: Entry;
  readonly done: () => void;
  /** It may have been published before, by this process or its predecessor. */
  tried: boolean;
  released: boolean;
}

/**
 * Publishes in order. The packet ids come from the caller and every step of MQTT's QoS 2 is on disk before it is taken, so
 * that a process that is killed at any instruction goes on where it was.
 */
export function openOutput(options: OutputOptions): Output {
  const { qos } = options;
  const inFlight = new Map<number, Sending>();
  let waiting: Sending[] = options.left.map((entry) => ({
    entry,
    done: () => options.leftDone(entry.packetId),
    tried: true,
    released: entry.released,
  }));
  let nextPacketId = 0;
  let ready = false;
  let pausedUntilMs = 0;
  let published = 0;
  let inDoubt = 0;
  /** Connections in a row that were lost with messages out and without an answer to any. */
  let unanswered = 0;
  let isAnswered = false;

  const client: MqttClient = openSession(options, {
    messageIdProvider: {
      allocate: () => nextPacketId,
      getLastAllocated: () => nextPacketId,
      register: () => true,
      deallocate() {},
      clear() {},
    },
    // mqtt.js asks before it sends a PUBLISH or a PUBREL. It would repeat what its store has one by one, with two waits
    // for the disk each; what is repeated, and when, is decided below.
    outgoingStore: {
      put(packet, written) {
        if (packet.cmd === 'pubrel') release(packet, written);
        else written();
        return this;
      },
      createStream: () => new Store().createStream(),
      del(_packet, done) {
        done(undefined);
        return this;
      },
      get(_packet, done) {
        done(new Error('nothing is kept here'));
        return this;
      },
      close: (done) => done(),
    },
  });

  function release({ messageId = 0 }: Packet, written: () => void): void {
    const sending = inFlight.get(messageId);
    if (sending === undefined) return;
    isAnswered = true;
    const { stream } = client;
    options.release(messageId, () => {
      sending.released = true;
      // On another connection it could overtake the message that is being repeated there, which would then be a new one.
      if (client.connected && client.stream === stream) written();
    });
  }

  function hand(sending: Sending): void {
    const { packetId, topic, payload, properties } = sending.entry;
    inFlight.set(packetId, sending);
    if (sending.released) {
      client.stream.write(pubrel(packetId));
      return;
    }
    const mostBytes = client.serverProperties?.maximumPacketSize;
    if (mostBytes !== undefined && packetSize(sending.entry) > mostBytes) {
      ready = false;
      options.onRefused(refusal(sending.entry, `the broker takes at most ${mostBytes} (its maximum packet size)`));
      return;
    }
    nextPacketId = packetId;
    const dup = sending.tried;
    sending.tried = true;
    client.publish(topic, payload, { qos, dup, properties: { ...properties } }, (error) => settle(sending, error));
  }

  function settle(sending: Sending, error: Error | null | undefined): void {
    const { packetId } = sending.entry;
    // Of an earlier connection: it has been handed out again meanwhile, or is done.
    if (inFlight.get(packetId) !== sending) return;
    inFlight.delete(packetId);
    if (error && !isForgotten(error)) {
      waiting.unshift(sending);
      if (client.disconnecting) return;
      options.onTrouble(error);
      pausedUntilMs = performance.now() + PAUSE_AFTER_REFUSAL_MS;
      setTimeout(pump, PAUSE_AFTER_REFUSAL_MS).unref();
      return;
    }
    isAnswered = true;
    published += 1;
    sending.done();
    pump();
  }

  function pump(): void {
    const most = Math.min(MOST_IN_FLIGHT, client.serverProperties?.receiveMaximum ?? MOST_IN_FLIGHT);
    while (ready && inFlight.size < most && performance.now() >= pausedUntilMs) {
      const next = waiting.shift();
      if (next === undefined) return;
      hand(next);
    }
  }

  /** The new session knows none of the packet ids: what may have been delivered is published once more, and counted. */
  function startOver(): void {
    const tried = waiting.filter((each) => each.tried);
    if (tried.length === 0) return;
    options.forgetReleases();
    for (const each of tried) each.released = false;
    inDoubt += tried.length;
  }

  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'connack' && packet.reasonCode === 0) {
      // Everything again, from the oldest, as the standard wants it (MQTT 5, section 4.4).
      waiting = [...inFlight.values(), ...waiting];
      inFlight.clear();
      if (!packet.sessionPresent) startOver();
    }
    if (packet.cmd === 'pubcomp') {
      const sending = inFlight.get(packet.messageId ?? 0);
      if (sending?.released) settle(sending, undefined);
    }
  });
  client.on('connect', () => {
    ready = true;
    isAnswered = false;
    options.onConnected(client.serverProperties?.maximumQoS ?? 2);
    pump();
  });
  client.on('close', () => {
    if (ready) unanswered = inFlight.size > 0 && !isAnswered ? unanswered + 1 : 0;
    ready = false;
  });
  client.on('error', options.onTrouble);

  return {
    client,
    send(entry, done) {
      waiting.push({ entry, done, tried: false, released: false });
      pump();
    },
    get inFlight() {
      return inFlight.size;
    },
    get waiting() {
      return waiting.length;
    },
    get published() {
      return published;
    },
    get inDoubt() {
      return inDoubt;
    },
    refused() {
      const [oldest] = inFlight.values();
      return oldest === undefined || unanswered < MOST_UNANSWERED
        ? undefined
        : refusal(oldest.entry, 'the broker ends the connection each time it gets it');
    },
  };
}

function refusal(entry: Entry, why: string): DedupeError {
  return new DedupeError(
    'HF-DEDUPE-MESSAGE-REFUSED',
    `the message on ${entry.topic}, a packet of ${packetSize(entry)} bytes, cannot be delivered: ${why}`,
    'Raise the limit at the broker of --to (Mosquitto: max_packet_size, message_size_limit) and start again: it is kept. To give it up see src/receiver/README.md.',
  );
}

/** PUBCOMP with 0x92: the release was a repetition, and the broker is done with it (MQTT 5, section 3.7.2.1). */
function isForgotten(error: Error): boolean {
  return 'code' in error && error.code === 0x92;
}

/** Section 3.6: without a reason code and properties it means success. */
function pubrel(packetId: number): Buffer {
  return Buffer.from([0x62, 2, packetId >> 8, packetId & 0xff]);
}
