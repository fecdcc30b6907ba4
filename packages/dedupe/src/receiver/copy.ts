import type { IPublishPacket } from 'mqtt';
import type { Incoming } from './fields.ts';
import { type Properties, propertiesOf } from './message.ts';
import type { Receipt } from './redeliveries.ts';

/** One copy of a message, as one of the senders sent it. */
export interface Copy extends Incoming, Receipt {
  readonly key: string | undefined;
  readonly properties: Properties;
}

export function copyOf(
  packet: IPublishPacket,
  receipt: Receipt,
  keyIn: (message: Incoming) => string | undefined,
): Copy {
  const properties = propertiesOf(packet);
  const incoming = {
    topic: packet.topic,
    payload: typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload,
    userProperties: properties.userProperties,
  };
  return { ...incoming, key: keyIn(incoming), properties, ...receipt };
}
