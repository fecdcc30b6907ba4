import type { IPublishPacket } from 'mqtt';
import { expect, test } from 'vitest';
import { redeliveries } from './redeliveries.ts';

const packet = (messageId: number, payload: string, dup = false): IPublishPacket => ({
  ...{ cmd: 'publish', topic: 'cell-7/a', qos: 1, retain: false },
  ...{ messageId, payload: Buffer.from(payload), dup },
});

test('what the broker repeats on each new connection is there once, and is acknowledged on the last one', () => {
  const received = redeliveries(10);
  const acknowledged: string[] = [];
  const done = received.take(packet(1, 'x'), {}, () => acknowledged.push('first connection'));
  for (const name of ['second', 'third'])
    expect(received.take(packet(1, 'x', true), {}, () => acknowledged.push(`${name} connection`))).toBeUndefined();
  expect(received.held).toBe(1);
  done?.acknowledge();
  expect(acknowledged).toEqual(['third connection']);
});

test('what was done with and is repeated on another connection is told apart: its acknowledgement was lost', () => {
  const received = redeliveries(2);
  const finish = (messageId: number, dup: boolean, connection: object) => {
    const receipt = received.take(packet(messageId, 'x', dup), connection, () => {});
    receipt?.acknowledge();
    return receipt?.isRepeated;
  };
  const [first, second, third] = [{}, {}, {}];
  expect([finish(1, false, first), received.held]).toEqual([false, 0]);
  expect(finish(1, false, second)).toBe(false);
  expect([finish(1, true, third), finish(1, true, {})]).toEqual([true, true]);
  for (const messageId of [2, 3]) finish(messageId, false, first);
  expect([finish(1, true, {}), finish(3, true, {})]).toEqual([false, true]);
});

test.each([
  ['with another payload', packet(1, 'y', true)],
  ['on another topic', { ...packet(1, 'x', true), topic: 'cell-7/b' }],
  ['with another user property', { ...packet(1, 'x', true), properties: { userProperties: { id: '2' } } }],
  ['that is not marked as a repetition', packet(1, 'x')],
  ['under another number', packet(2, 'x', true)],
])('a message %s is another one', (_what, other) => {
  const received = redeliveries(10);
  received.take(packet(1, 'x'), {}, () => {});
  expect(received.take(other, {}, () => {})?.isRepeated).toBe(false);
  const doneWith = redeliveries(10);
  doneWith.take(packet(1, 'x'), {}, () => {})?.acknowledge();
  expect(doneWith.take(other, {}, () => {})?.isRepeated).toBe(false);
});
