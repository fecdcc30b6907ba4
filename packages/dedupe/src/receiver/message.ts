import type { IPublishPacket } from 'mqtt';

/** The MQTT 5 properties that belong to a message and not to the connection it came on. */
export interface Properties {
  readonly payloadFormatIndicator?: boolean;
  readonly messageExpiryInterval?: number;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Buffer;
  readonly userProperties?: Record<string, string | string[]>;
}

/** What is published: a message in its new topic, otherwise as it came. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: Buffer;
  readonly properties: Properties;
}

export function propertiesOf(packet: IPublishPacket): Properties {
  const all = packet.properties ?? {};
  const { payloadFormatIndicator, messageExpiryInterval, contentType, responseTopic, correlationData } = all;
  const { userProperties } = all;
  return {
    ...(payloadFormatIndicator === undefined ? {} : { payloadFormatIndicator }),
    ...(messageExpiryInterval === undefined ? {} : { messageExpiryInterval }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData }),
    ...(userProperties === undefined ? {} : { userProperties: { ...userProperties } }),
  };
}
