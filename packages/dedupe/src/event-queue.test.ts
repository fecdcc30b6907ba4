import { expect, test } from 'vitest';
import { eventQueue } from './event-queue.ts';

const missed = (total: number) => ({ kind: 'missed', source: 'a', messages: 1, total }) as const;

test('each reader gets all events from its call on, and ends with the queue', async () => {
  const queue = eventQueue();
  queue.emit(missed(0));
  const readers = [queue.read(), queue.read()];
  queue.emit(missed(1));
  for (const each of readers) expect((await each.next()).value).toEqual(missed(1));
  const next = readers.map((each) => each.next());
  queue.emit(missed(2));
  queue.end();
  expect((await Promise.all(next)).map((each) => each.value)).toEqual([missed(2), missed(2)]);
  for (const each of readers) expect((await each.next()).done).toBe(true);
});

test('a reader that falls behind loses the oldest, and memory stays bounded', async () => {
  const queue = eventQueue();
  const reader = queue.read();
  for (let n = 1; n <= 300; n += 1) queue.emit(missed(n));
  expect((await reader.next()).value).toEqual(missed(45));
});
