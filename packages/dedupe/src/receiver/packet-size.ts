import type { Outgoing, Properties } from './message.ts';

/** Bytes of the PUBLISH packet with QoS 1 or 2 (MQTT 5, section 3.3): what a broker's Maximum Packet Size is about. */
export function packetSize({ topic, payload, properties }: Outgoing): number {
  const inProperties = propertyBytes(properties);
  const remaining = text(topic) + 2 + lengthBytes(inProperties) + inProperties + payload.length;
  return 1 + lengthBytes(remaining) + remaining;
}

/** Each has one byte that says which one it is (section 2.2.2.2). */
function propertyBytes(properties: Properties): number {
  const { contentType, responseTopic, correlationData, userProperties = {} } = properties;
  const pairs = Object.entries(userProperties).flatMap(([name, values]) =>
    [values].flat().map((value) => 1 + text(name) + text(value)),
  );
  return (
    (properties.payloadFormatIndicator === undefined ? 0 : 2) +
    (properties.messageExpiryInterval === undefined ? 0 : 5) +
    (contentType === undefined ? 0 : 1 + text(contentType)) +
    (responseTopic === undefined ? 0 : 1 + text(responseTopic)) +
    (correlationData === undefined ? 0 : 3 + correlationData.length) +
    pairs.reduce((sum, bytes) => sum + bytes, 0)
  );
}

function text(value: string): number {
  return 2 + Buffer.byteLength(value);
}

/** A variable byte integer, section 1.5.5. */
function lengthBytes(value: number): number {
  return [0x80, 0x4000, 0x20_0000].filter((limit) => value >= limit).length + 1;
}
