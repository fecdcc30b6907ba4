import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Term } from '../election.ts';
import { startGuard } from './guard.ts';
import { runChild } from './run-child.ts';

/** A term that is lost after a while, and whose successor may lead `stopMs` later. */
function termLostIn(lostInMs: number, stopMs: number): { readonly term: Term; readonly endMs: number } {
  const endMs = performance.now() + lostInMs + stopMs;
  const signal = AbortSignal.timeout(lostInMs);
  const left = () => Math.max(0, endMs - performance.now());
  const term: Term = {
    token: 7,
    holder: 'alpha',
    signal,
    get remainingMs() {
      return Math.max(0, left() - stopMs);
    },
    get stopWithinMs() {
      return left();
    },
    check: () => signal.throwIfAborted(),
  };
  return { term, endMs };
}

const force = new AbortController().signal;
const untied = (why: string) => expect.unreachable(why);

test('a command that ignores TERM is sent KILL with a quarter of the time to stop left', async () => {
  const { term, endMs } = termLostIn(500, 4000);
  const command = ['sh', '-c', 'trap "" TERM; while :; do sleep 0.01; done'] as const;
  const end = await runChild({ command, env: process.env, term, stopMs: 4000, force, untied });
  const leftMs = endMs - performance.now();
  expect(end).toEqual({ exitCode: 128 + 9, byItself: false });
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(1000);
});

test('without a shell the command cannot be tied to this process, which is told', async () => {
  const told: string[] = [];
  const guard = await startGuard((why) => told.push(why), '/no/such/sh');
  guard.watch(1);
  guard.dismiss();
  expect(told).toEqual([expect.stringContaining('/no/such/sh cannot be run')]);
});

test('a guard that is killed while the command runs is missed', async () => {
  const told: string[] = [];
  const guard = await startGuard((why) => told.push(why));
  process.kill(await pidOfGuard(), 'SIGKILL');
  while (told.length === 0) await sleep(5);
  guard.dismiss();
  expect(told).toEqual(['the process that does this has ended']);
});

async function pidOfGuard(): Promise<number> {
  const children = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  for (;;) {
    const found = children().find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('elect-guard'));
    if (found !== undefined) return Number(found);
    await sleep(5);
  }
}
