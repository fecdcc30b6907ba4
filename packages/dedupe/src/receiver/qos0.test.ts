import { expect, test } from 'vitest';
import { qos0 } from './qos0.ts';

test('while too many are not done with none is read, and each that is done with makes room for one', () => {
  const messages = qos0(2);
  const done: (() => void)[] = [];
  let asked = 0;
  const take = () =>
    messages.take(
      (each) => done.push(each),
      () => {
        asked += 1;
      },
    );
  for (let number = 0; number < 3; number += 1) take();
  expect([done.length, asked, messages.isFull]).toEqual([2, 2, true]);
  done[0]?.();
  done[0]?.();
  expect([done.length, asked, messages.isFull]).toEqual([3, 3, false]);
  take();
  expect([done.length, asked, messages.received]).toEqual([3, 3, 4]);
});
