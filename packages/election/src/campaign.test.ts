import { expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import type { Loss, Now } from './core/machine.ts';
import { settingsOf } from './options.ts';
import { memoryStore } from './stores/memory.ts';

test('a clock that jumps ahead costs the leader its term, which it learns at the next look, and it leads again', async () => {
  let leaptMs = 0;
  const clock = (): Now => {
    const leastMs = performance.now();
    return { leastMs, mostMs: leastMs + leaptMs, wallMs: Date.now() + leaptMs };
  };
  const tokens: number[] = [];
  const losses: Loss[] = [];
  const led = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const running = campaign(
    settingsOf({ store: memoryStore(), leaseMs: 200 }),
    {
      lead(token) {
        tokens.push(token);
        led[tokens.length - 1]?.resolve();
      },
      lost: (because) => losses.push(because),
      follow: () => undefined,
      trouble: () => undefined,
      fail: (error) => {
        throw error;
      },
    },
    clock,
  );
  await led[0]?.promise;
  expect(running.remainingMs()).toBeGreaterThan(0);
  leaptMs += 3_600_000;
  expect(running.remainingMs()).toBe(0);
  expect(running.stopWithinMs()).toBe(0);
  expect(losses).toEqual(['the clock jumped ahead, or the machine slept']);
  running.rested();
  await led[1]?.promise;
  expect(tokens[1]).toBeGreaterThan(tokens[0] ?? Number.POSITIVE_INFINITY);
  await running.leave();
});
