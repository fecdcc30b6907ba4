import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient, type Packet, Store } from 'mqtt';
import type { Outgoing } from './message.ts';
import type { Entry } from './outbox.ts';

export interface OutputOptions {
  /** Host, port, TLS, login. */
  readonly connection: IClientOptions;
  readonly clientId: string;
  /** 2: a broker that keeps the session delivers each message exactly once. 1: at least once. */
  readonly qos: 1 | 2;
  readonly sessionSeconds: number;
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
}

/** At most this many unconfirmed, fewer where the broker says so (its receive maximum; Mosquitto: 20). */
const MOST_IN_FLIGHT = 200;
const PAUSE_AFTER_REFUSAL_MS = 1000;

interface Sending {
  readonly entry: Entry;
  readonly done: () => void;
}

/**
 * Publishes in order. The packet ids come from the caller and every step of MQTT's QoS 2 is on disk before it is taken, so
 * that a process that is killed at any instruction goes on where it was.
 */
export function openOutput(options: OutputOptions): Output {
  const { qos } = options;
  const inFlight = new Map<number, Sending>();
  const waiting: Sending[] = [];
  const resent = new Store({ clean: false });
  let nextPacketId = 0;
  let ready = false;
  let pausedUntilMs = 0;
  let published = 0;
  let inDoubt = 0;

  const client: MqttClient = mqtt.connect({
    ...options.connection,
    protocolVersion: 5,
    clientId: options.clientId,
    clean: false,
    resubscribe: false,
    reconnectPeriod: 100,
    reconnectOnConnackError: true,
    keepalive: 10,
    properties: { sessionExpiryInterval: options.sessionSeconds },
    messageIdProvider: {
      allocate: () => nextPacketId,
      getLastAllocated: () => nextPacketId,
      register: () => true,
      deallocate() {},
      clear() {},
    },
    outgoingStore: {
      put(packet, written) {
        keep(packet, written);
        return this;
      },
      createStream: () => resent.createStream(),
      del(packet, done) {
        resent.del(packet, () => done(undefined));
        return this;
      },
      get(packet, done) {
        resent.get(packet, done);
        return this;
      },
      close: (done) => done(),
    },
  });

  /** mqtt.js asks for this before it sends a PUBLISH or a PUBREL. */
  function keep(packet: Packet, written: () => void): void {
    const packetId = packet.messageId ?? 0;
    if (packet.cmd === 'publish') {
      resent.put({ ...packet, dup: true }, written);
    } else if (inFlight.has(packetId)) {
      const { stream } = client;
      options.release(packetId, () => {
        resent.put(packet, () => {});
        // After a new connection mqtt.js sends what is kept by itself; a release that overtakes its message is deadly.
        if (client.connected && client.stream === stream) written();
      });
    }
  }

  function hand(sending: Sending): void {
    const { entry } = sending;
    inFlight.set(entry.packetId, sending);
    nextPacketId = entry.packetId;
    client.publish(entry.topic, entry.payload, { qos, properties: { ...entry.properties } }, (error) =>
      settle(sending, error),
    );
    if (entry.released) resent.put({ cmd: 'pubrel', messageId: entry.packetId }, () => {});
  }

  function settle(sending: Sending, error: Error | null | undefined): void {
    inFlight.delete(sending.entry.packetId);
    if (error && !isForgotten(error)) {
      waiting.unshift(sending);
      if (client.disconnecting) return;
      options.onTrouble(error);
      pausedUntilMs = performance.now() + PAUSE_AFTER_REFUSAL_MS;
      setTimeout(pump, PAUSE_AFTER_REFUSAL_MS).unref();
      return;
    }
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
    if (inFlight.size === 0) return;
    options.forgetReleases();
    inDoubt += inFlight.size;
    for (const { entry } of inFlight.values()) resent.put({ ...publishPacket(entry, qos), dup: true }, () => {});
  }

  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'connack' && packet.reasonCode === 0 && !packet.sessionPresent) startOver();
  });
  client.on('connect', () => {
    ready = true;
    options.onConnected(client.serverProperties?.maximumQoS ?? 2);
    pump();
  });
  client.on('close', () => {
    ready = false;
  });
  client.on('error', options.onTrouble);
  // Before the connection is there: mqtt.js sends them first, one by one, and only then says that it is connected.
  for (const entry of options.left) hand({ entry, done: () => options.leftDone(entry.packetId) });

  return {
    client,
    send(entry, done) {
      waiting.push({ entry, done });
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
  };
}

/** PUBCOMP with 0x92: the release was a repetition, and the broker is done with it (MQTT 5, section 3.7.2.1). */
function isForgotten(error: Error): boolean {
  return 'code' in error && error.code === 0x92;
}

function publishPacket({ packetId, topic, payload, properties }: Outgoing & Entry, qos: 1 | 2): IPublishPacket {
  return {
    cmd: 'publish',
    messageId: packetId,
    topic,
    payload,
    qos,
    dup: false,
    retain: false,
    properties: { ...properties },
  };
}
