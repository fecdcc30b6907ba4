import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { type Acknowledgements, acknowledgements } from './acknowledgements.ts';
import { sessionOptions } from './session.ts';

export interface InputOptions {
  readonly connection: IClientOptions;
  readonly clientId: string;
  readonly filter: string;
  readonly sessionSeconds: number;
  /** `acknowledge` may be called once or more, whenever; it does nothing once the connection is another. */
  onMessage(packet: IPublishPacket, acknowledge: () => void): void;
  onTrouble(error: Error): void;
  /** Subscribed. */
  onConnected(granted: { readonly qos: number; readonly sessionPresent: boolean }): void;
}

export interface Input {
  readonly client: MqttClient;
  /** Received and not acknowledged. */
  readonly open: number;
}

/** The broker sends no more than this without acknowledgements, and keeps the rest: the bound of what is in memory. */
const MOST_UNACKNOWLEDGED = 1000;

/** Subscribes with QoS 1 in a session that outlives this process. Nothing is acknowledged but by `acknowledge`. */
export function openInput(options: InputOptions): Input {
  let current: { readonly stream: MqttClient['stream']; readonly acks: Acknowledgements } | undefined;
  let sessionPresent = false;
  const client = mqtt.connect(
    sessionOptions(options.connection, options.clientId, options.sessionSeconds, MOST_UNACKNOWLEDGED),
  );

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
  client.handleMessage = (packet, goOn) => {
    goOn(new Error('acknowledged later'));
    options.onMessage(packet, packet.qos === 0 ? () => {} : acksOf(client).expect(packet.messageId ?? 0));
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
  };
}
