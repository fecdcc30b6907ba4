import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../core/index.ts';
import type { Operation } from '../types.ts';
import { ledgerProbe } from './ledger-probe.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

test('sends at its rate, tells who served each write, and reads everything back', async () => {
  const { endpoint, keys } = await fakeLedger(() => 201);
  const client = ledgerProbe({ endpoint }).open(new AbortController().signal);
  const operations: Operation[] = [];
  client.startLoad({ prefix: 'drill-', ratePerSecond: 50 }, (operation) => operations.push(operation));
  await until(() => operations.length >= 20);
  expect(await client.stopLoad()).toMatchObject({ skipped: 0 });
  expect(operations.every((each) => each.result === 'ok' && each.servedBy?.node === 'alpha')).toBe(true);
  const span = (operations.at(-1)?.intendedAtMs ?? 0) - (operations[0]?.intendedAtMs ?? 0);
  expect(span).toBeCloseTo((operations.length - 1) * 20, 0);
  expect([...(await client.readBack('drill-', 5000))].sort()).toEqual([...keys].sort());
  await client.close();
});

test('calls a write without an answer unknown, and goes on sending meanwhile', async () => {
  let seen = 0;
  const { endpoint } = await fakeLedger(() => {
    seen += 1;
    return seen <= 5 ? 'silent' : 201;
  });
  const client = ledgerProbe({ endpoint: { ...endpoint, answerTimeoutMs: 400 } }).open(new AbortController().signal);
  const operations: Operation[] = [];
  client.startLoad({ prefix: 'p', ratePerSecond: 50 }, (operation) => operations.push(operation));
  await until(() => operations.filter((each) => each.result === 'unknown').length === 5);
  await client.stopLoad();
  const firstOk = operations.find((each) => each.result === 'ok');
  const firstUnknown = operations.find((each) => each.result === 'unknown');
  expect(firstOk?.completedAtMs).toBeLessThan(firstUnknown?.completedAtMs ?? 0);
  await client.close();
});

test('calls a write that never left certainly not done, and one that was refused with 503 unknown', async () => {
  const { endpoint, server } = await fakeLedger(() => 503);
  const client = ledgerProbe({ endpoint }).open(new AbortController().signal);
  const operations: Operation[] = [];
  client.startLoad({ prefix: 'p', ratePerSecond: 50 }, (operation) => operations.push(operation));
  await until(() => operations.length >= 3);
  expect(operations.every((each) => each.result === 'unknown')).toBe(true);
  server.close();
  await until(() => operations.some((each) => each.result === 'fail'));
  await client.stopLoad();
  await client.close();
});

test('says that it could not read back when the ledger answers no more', async () => {
  const { endpoint, server } = await fakeLedger(() => 201);
  server.close();
  const client = ledgerProbe({ endpoint }).open(new AbortController().signal);
  await expect(client.readBack('p', 300)).rejects.toMatchObject({ code: 'HF-DRILL-UNREADABLE' });
  await client.close();
});

test('says why when the client process cannot start in its namespace', async () => {
  const { endpoint } = await fakeLedger(() => 201);
  const client = ledgerProbe({ endpoint, namespace: 'no-such-namespace' }).open(new AbortController().signal);
  await expect(client.stopLoad()).rejects.toMatchObject({ code: 'HF-DRILL-CLIENT' });
  await client.close();
});

async function fakeLedger(answerTo: (key: string) => 201 | 503 | 'silent') {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === 'GET') {
      const after = Number(new URL(request.url ?? '/', 'http://x').searchParams.get('after'));
      const payments = keys.slice(after, after + 7).map((key, index) => ({ sequence: after + index + 1, key }));
      const next = after + payments.length < keys.length ? after + payments.length : null;
      response.end(JSON.stringify({ payments, next }));
      return;
    }
    const key = String(request.headers['idempotency-key']);
    const answer = answerTo(key);
    if (answer === 'silent') return;
    response.statusCode = answer;
    if (answer === 201) keys.push(key);
    response.end(JSON.stringify({ key, node: 'alpha', start: 1, sequence: keys.length }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = asAddress(server.address());
  return { endpoint: { host: '127.0.0.1', port, connectTimeoutMs: 250, answerTimeoutMs: 1000 }, keys, server };
}

function asAddress(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the fake ledger does not listen on TCP');
  return address;
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = systemClock.monotonic() + 8000;
  while (!isTrue()) {
    if (systemClock.monotonic() > deadline) throw new Error('waited 8 s in vain');
    await systemClock.sleep(10);
  }
}
