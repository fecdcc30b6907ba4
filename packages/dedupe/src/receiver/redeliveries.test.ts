import type { IPublishPacket } from 'mqtt';
import { expect, test } from 'vitest';
import { redeliveries } from './redeliveries.ts';

const packet = (messageId: number, payload: string, dup = false): IPublishPacket => ({
  ...{ cmd: 'publish', topic: 'cell-7/a', qos: 1, retain: false },
  ...{ messageId, payload: Buffer.from(payload), dup },
});

test('what the broker repeats on each new connection is there once, and is acknowledged on the last one', () => {
  const received = redeliveries();
  const acknowledged: string[] = [];
  const done = received.take(packet(1, 'x'), {}, () => acknowledged.push('first connection'));
  for (const name of ['second', 'third'])
    expect(received.take(packet(1, 'x', true), {}, () => acknowledged.push(`${name} connection`))).toBeUndefined();
  expect(received.held).toBe(1);
  done?.();
  expect(acknowledged).toEqual(['third connection']);
});

test('what was done with before it is repeated is taken again: its acknowledgement may be lost', () => {
  const received = redeliveries();
  received.take(packet(1, 'x'), {}, () => {})?.();
  expect(received.held).toBe(0);
  expect(received.take(packet(1, 'x', true), {}, () => {})).toBeDefined();
});

test.each([
  ['with another payload', packet(1, 'y', true)],
  ['on another topic', { ...packet(1, 'x', true), topic: 'cell-7/b' }],
  ['that is not marked as a repetition', packet(1, 'x')],
  ['under another number', packet(2, 'x', true)],
])('a message %s is another one', (_what, other) => {
  const received = redeliveries();
  received.take(packet(1, 'x'), {}, () => {});
  expect(received.take(other, {}, () => {})).toBeDefined();
});
