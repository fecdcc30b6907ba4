import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOutbox } from './outbox.ts';

const BROKER = 'mqtt://10.0.0.5:1883 QoS 2';
const message = (packetId: number) => ({
  packetId,
  topic: 'events',
  payload: Buffer.from([packetId, 0, 255]),
  properties: {
    contentType: 'application/json',
    correlationData: Buffer.from([1, 2]),
    userProperties: { id: 'x', tags: ['a', 'b'] },
  },
  released: false,
  key: `key ${packetId}`,
});

let directory: string;
const open = (destination = BROKER) => openOutbox(new DatabaseSync(join(directory, 'marks.db')), 'press', destination);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outbox-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test('what was not removed is there after a restart, in order, with its properties and how far it came', () => {
  const before = open();
  before.together(() => {
    for (const packetId of [65_535, 1, 2]) before.insert(message(packetId));
    before.release(1);
    before.remove(65_535);
  });
  const after = open();
  expect(after.left).toEqual([{ ...message(1), released: true }, message(2)]);
  expect(after.clientId).toBe(before.clientId);
});

test('for another broker or quality of service there is a new session, and nothing is released in it', () => {
  const before = open();
  before.insert(message(1));
  before.release(1);
  const after = open('mqtt://10.0.0.6:1883 QoS 2');
  expect(after.clientId).not.toBe(before.clientId);
  expect(after.left).toEqual([message(1)]);
});

test('a new file has a new session: the old packet ids would mean other messages', () => {
  const before = open().clientId;
  rmSync(join(directory, 'marks.db'));
  expect(open().clientId).not.toBe(before);
});

test('what throws leaves nothing written', () => {
  const outbox = open();
  expect(() =>
    outbox.together(() => {
      outbox.insert(message(1));
      throw new Error('disk full');
    }),
  ).toThrow('disk full');
  expect(open().left).toEqual([]);
});

test('a file of an earlier version, which kept no keys, goes on where it was', () => {
  const before = open();
  before.insert(message(1));
  new DatabaseSync(join(directory, 'marks.db')).exec('ALTER TABLE holdfast_dedupe_outbox DROP COLUMN key');
  expect(open().left).toEqual([{ ...message(1), key: undefined }]);
});
