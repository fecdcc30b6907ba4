import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { listen } from './listen.ts';

const path = fileURLToPath(new URL('./module.ts', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ha-module-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** @param options beside what works */
function start(options: Readonly<Record<string, string>>) {
  const all = { name: 'a', store: `sqlite:${join(directory, 'lease.db')}`, ...options };
  const args = Object.entries(all).flatMap(([option, value]) => [`--${option}`, value]);
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'lost')),
  );
  return { child, ended, output: () => output };
}

/** A broker that takes every connection, or one that never says a word. */
async function startBroker(
  kind: 'live' | 'silent',
): Promise<{ readonly url: string; readonly connected: Promise<void> }> {
  const connected = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    // CONNACK, accepted (MQTT 3.1.1, section 3.2).
    socket.once('data', () => {
      if (kind === 'live') socket.write(Buffer.of(0x20, 0x02, 0x00, 0x00));
      connected.resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `mqtt://127.0.0.1:${port}`, connected: connected.promise };
}

/** A press that has made one stroke and stands still since. */
async function startStandingPress(): Promise<{ readonly url: string; readonly awaited: Promise<void> }> {
  const awaited = Promise.withResolvers<void>();
  const server: HttpServer = createHttpServer((request, response) => {
    if (request.url?.includes('after=0') === true) response.end('{"strokes":1}');
    else awaited.resolve();
  });
  const url = await listen(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url, awaited: awaited.promise };
}

const NOBODY = '127.0.0.1:9';

test('a file that cannot be opened ends it with 1, also while a broker is connected', async () => {
  const { url } = await startBroker('live');
  const store = 'sqlite:/nowhere/lease.db';
  const { ended, output } = start({ store, press: `http://${NOBODY}`, publish: url });
  expect(await ended).toBe(1);
  expect(output()).toContain('/nowhere/lease.db cannot be opened');
}, 20_000);

test('what is no store ends it with 2, also while a broker is connected', async () => {
  const { url } = await startBroker('live');
  const { ended, output } = start({ store: 'foo', press: `http://${NOBODY}`, publish: url });
  expect(await ended).toBe(2);
  expect(output()).toContain('--store foo is no store');
}, 20_000);

test('a press that cannot be reached ends it with 1, and is named', async () => {
  const { url } = await startBroker('live');
  const { ended, output } = start({ press: `http://${NOBODY}`, publish: url });
  expect(await ended).toBe(1);
  expect(output()).toContain(`--press http://${NOBODY} gives no answer: `);
}, 20_000);

test('a broker that cannot be reached ends it with 1, and is named without its password', async () => {
  const { ended, output } = start({ press: `http://${NOBODY}`, publish: `mqtt://user:secret@${NOBODY}` });
  expect(await ended).toBe(1);
  expect(output()).toContain(`--publish mqtt://${NOBODY}: no broker answers: connect ECONNREFUSED`);
  expect(output()).not.toContain('secret');
}, 20_000);

test('TERM ends it while a broker keeps it waiting', async () => {
  const { url, connected } = await startBroker('silent');
  const { child, ended } = start({ press: `http://${NOBODY}`, publish: url });
  await connected;
  const askedMs = performance.now();
  child.kill('SIGTERM');
  expect(await ended).toBe(1);
  // Before the broker's own time runs out.
  expect(performance.now() - askedMs).toBeLessThan(4000);
}, 20_000);

test('TERM ends a leader whose press stands still, and not for want of time', async () => {
  const [press, broker] = [await startStandingPress(), await startBroker('live')];
  const { child, ended, output } = start({ press: press.url, publish: broker.url });
  await press.awaited;
  child.kill('SIGTERM');
  expect(await ended, output()).toBe(0);
}, 20_000);
