import { expect, test } from 'vitest';
import type { Properties } from './message.ts';
import { packetSize } from './packet-size.ts';

/** Lengths of what mqtt-packet writes for the same. */
test.each<[string, number, Properties, number]>([
  ['t', 0, {}, 8],
  ['ä/b', 121, {}, 133],
  ['out', 119, {}, 129],
  ['out', 120, {}, 131],
  ['out', 16_374, {}, 16_385],
  ['out', 16_376, {}, 16_388],
  ['out', 2_097_150, {}, 2_097_163],
  ['out', 10, { payloadFormatIndicator: false, userProperties: { id: 'x'.repeat(200) } }, 231],
  [
    'out',
    10,
    {
      payloadFormatIndicator: true,
      messageExpiryInterval: 5,
      contentType: 'application/json',
      responseTopic: 'r',
      correlationData: Buffer.from([1, 2]),
      userProperties: { id: 'x', tags: ['a', 'bü'] },
    },
    85,
  ],
])('on topic %s %i bytes with %j are a packet of %i bytes', (topic, length, properties, bytes) => {
  expect(packetSize({ topic, payload: Buffer.alloc(length), properties })).toBe(bytes);
});
