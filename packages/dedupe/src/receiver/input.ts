import type { IPublishPacket, MqttClient } from 'mqtt';
import { type Acknowledgements, acknowledgements } from './acknowledgements.ts';
import { qos0 } from './qos0.ts';
import { type Receipt, redeliveries } from './redeliveries.ts';
import { openSession, type SessionOptions } from './session.ts';

export interface InputOptions extends SessionOptions {
  readonly filter: string;
  /** It may be acknowledged once or more, whenever; that does nothing where the connection it came on last is over. */
  onMessage(packet: IPublishPacket, receipt: Receipt): void;
  onTrouble(error: Error): void;
  /** Subscribed. */
  onConnected(granted: { readonly qos: number; readonly sessionPresent: boolean }): void;
}

export interface Input {
  readonly client: MqttClient;
  /** Received and not acknowledged. */
  readonly open: number;
  /** How many came with QoS 0, for which nothing is promised. */
  readonly qos0: number;
  end(): Promise<void>;
}

/** The broker sends no more than this without acknowledgements, and keeps the rest: the bound of what is in memory. */
const MOST_UNACKNOWLEDGED = 1000;

/** Subscribes with QoS 1 in a session that outlives this process. Nothing is acknowledged but by its receipt. */
export function openInput(options: InputOptions): Input {
  let current: { readonly stream: MqttClient['stream']; readonly acks: Acknowledgements } | undefined;
  let sessionPresent = false;
  const received = redeliveries(MOST_UNACKNOWLEDGED);
  const unkept = qos0(MOST_UNACKNOWLEDGED);
  const client = openSession(options, { properties: { receiveMaximum: MOST_UNACKNOWLEDGED } });

  function acksOf({ stream }: MqttClient): Acknowledgements {
    if (current?.stream !== stream) {
      const acks = acknowledgements((packets) => {
        if (client.stream === stream && client.connected) stream.write(packets);
      });
      current = { stream, acks };
    }
    return current.acks;
  }

  // mqtt.js sends its own PUBACK when this hook succeeds, one message after the other. Failed, it goes on and sends none.
  client.handleMessage = (packet, next) => {
    const goOn = () => next(new Error('acknowledged later'));
    if (packet.qos === 0) {
      unkept.take((acknowledge) => options.onMessage(packet, { acknowledge, isRepeated: false }), goOn);
      return;
    }
    goOn();
    const acks = acksOf(client);
    const receipt = received.take(packet, acks, acks.expect(packet.messageId ?? 0));
    if (receipt !== undefined) options.onMessage(packet, receipt);
  };
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'connack') sessionPresent = packet.sessionPresent;
  });
  client.on('connect', () => {
    // Also where the session has it already: harmless, and a session without it would be deaf. Retained messages come
    // with a new subscription only.
    client.subscribe(options.filter, { qos: 1, rh: 1 }, (error, granted) => {
      const qos = granted?.[0]?.qos;
      if (error || qos === undefined) options.onTrouble(error ?? new Error('the broker granted nothing'));
      else options.onConnected({ qos, sessionPresent });
    });
  });
  client.on('error', options.onTrouble);
  return {
    client,
    get open() {
      return current?.acks.open ?? 0;
    },
    get qos0() {
      return unkept.received;
    },
    // A connection that is not read never ends by itself.
    end: () => client.endAsync(!client.connected || unkept.isFull),
  };
}
