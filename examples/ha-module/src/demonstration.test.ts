import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findMosquitto } from './broker.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Where the demonstration puts its files. */
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ha-module-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function start(...args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: directory },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  return { child, ended, output: () => output };
}

async function keepsItsPromises(transport: 'mqtt' | 'http', shown: string): Promise<void> {
  const { ended, output } = start('--transport', transport, '--lease-ms', '1000');
  expect(await ended, output()).toBe(0);
  expect(output()).toContain(shown);
  expect(output()).toMatch(/refused, with an old token +[1-9]\d*\n/);
  expect(output()).toMatch(/leader killed +module-\d → module-\d +\d+ ms +\d+\n/);
  // Plain lines where it is no terminal.
  expect(output()).not.toContain('\u001b');
}

test('over HTTP, of three modules one leads at a time, whatever is done to the leader', async () => {
  await keepsItsPromises('http', 'straight to the receiver');
}, 120_000);

test.skipIf(findMosquitto(process.env) === undefined)(
  'the same over a real Mosquitto',
  async () => {
    await keepsItsPromises('mqtt', 'through Mosquitto');
  },
  120_000,
);

test('Ctrl-C while the leader is stopped leaves no process and no file behind', async () => {
  const { child, ended, output } = start();
  const mark = /SIGSTOP to/;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (!mark.test(output()) && child.exitCode === null) return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' });
  const pids = children.trim().split(/\s+/).map(Number);
  expect(pids.length).toBeGreaterThanOrEqual(3);
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(readdirSync(directory)).toEqual([]);
}, 120_000);

test.each([
  ['an unknown store', ['--store', 'pigeon:roof'], /--store pigeon:roof is no store/],
  ['a file that cannot be opened', ['--store', 'sqlite:/nowhere/lease.db'], /nowhere\/lease.db cannot be opened/],
  ['a lease that is no number', ['--lease-ms', 'abc'], /--lease-ms abc/],
  ['a lease that is too short', ['--lease-ms', '5'], /--lease-ms 5/],
  ['an unknown transport', ['--transport', 'pigeon'], /write mqtt or http/],
  ['an unknown option', ['--pigeon'], /--pigeon.*--help/s],
])(
  '%s is said before anything starts, and ends with 2',
  async (_what, args, message) => {
    const { ended, output } = start(...args);
    expect(await ended).toBe(2);
    expect(output()).toMatch(message);
    expect(output()).not.toMatch(/Press:|module-1/);
  },
  20_000,
);

test('a store that does not answer is said by a module, and ends the demonstration with 2', async () => {
  const { ended, output } = start('--store', 'etcd://127.0.0.1:1', '--transport', 'http');
  expect(await ended).toBe(2);
  expect(output()).toMatch(/module-\d: HF-ELECT-STORE-UNREACHABLE: etcd at 127.0.0.1:1.*module-\d ended with 1/s);
}, 60_000);
