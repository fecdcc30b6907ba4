import { expect, test } from 'vitest';
import { eventQueue } from './event-queue.ts';

test('yields everything that was pushed, in order, and then what the work came to', async () => {
  const queue = eventQueue<number>();
  const work = async () => {
    queue.push(1);
    await Promise.resolve();
    queue.push(2);
    queue.push(3);
    return 'done';
  };
  expect(await readAll(queue.during(work()))).toEqual({ events: [1, 2, 3], result: 'done' });
});

test('yields what was pushed before the failure, and then throws it', async () => {
  const queue = eventQueue<number>();
  const work = async () => {
    queue.push(1);
    throw new Error('broken');
  };
  const seen: number[] = [];
  const read = async () => {
    for await (const event of queue.during(work())) seen.push(event);
  };
  await expect(read()).rejects.toThrow('broken');
  expect(seen).toEqual([1]);
});

async function readAll<Event, Result>(events: AsyncGenerator<Event, Result>) {
  const seen: Event[] = [];
  for (;;) {
    const next = await events.next();
    if (next.done) return { events: seen, result: next.value };
    seen.push(next.value);
  }
}
