import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import type { Incarnation } from '../types.ts';

export interface LedgerEndpoint {
  readonly host: string;
  readonly port: number;
  /** A machine that is gone answers no SYN, and TCP sends the next one after 1 s: give up before. */
  readonly connectTimeoutMs: number;
  /** From the connection on. */
  readonly answerTimeoutMs: number;
}

interface WriteAnswer {
  /** `fail` only where the request never left: everything else without a good answer may have been done. */
  readonly result: 'ok' | 'fail' | 'unknown';
  readonly servedBy?: Incarnation;
}

const paymentSchema = z.object({ key: z.string(), node: z.string(), start: z.number() });
const pageSchema = z.object({
  payments: z.array(z.object({ sequence: z.number(), key: z.string() })),
  next: z.number().nullish(),
});

/** Sends one write over a connection of its own and waits for the answer. Never throws. */
export async function sendPayment(endpoint: LedgerEndpoint, key: string): Promise<WriteAnswer> {
  let socket: Socket;
  try {
    socket = await openConnection(endpoint);
  } catch {
    return { result: 'fail' };
  }
  try {
    const body = JSON.stringify({ amount: 1 });
    const answer = await exchange(endpoint, socket, 'POST', '/payments', body, { 'idempotency-key': key });
    if (answer.status !== 200 && answer.status !== 201) return { result: 'unknown' };
    const payment = paymentSchema.parse(JSON.parse(answer.body));
    if (payment.key !== key) return { result: 'unknown' };
    return { result: 'ok', servedBy: { node: payment.node, start: payment.start } };
  } catch {
    return { result: 'unknown' };
  }
}

export interface Page {
  readonly payments: readonly { readonly sequence: number; readonly key: string }[];
  /** Where the next page begins; absent: this was the last. */
  readonly next?: number;
}

const pageLimit = 2000;

/** Reads payments whose key has the prefix, after a sequence number. Throws when there is no good answer. */
export async function readPage(endpoint: LedgerEndpoint, afterSequence: number, prefix: string): Promise<Page> {
  const socket = await openConnection(endpoint);
  const path = `/payments?after=${afterSequence}&limit=${pageLimit}&prefix=${encodeURIComponent(prefix)}`;
  const answer = await exchange(endpoint, socket, 'GET', path, '', {});
  if (answer.status !== 200) throw new Error(`the ledger answered ${answer.status}: ${answer.body.slice(0, 200)}`);
  const page = pageSchema.parse(JSON.parse(answer.body));
  return { payments: page.payments, ...(typeof page.next === 'number' && { next: page.next }) };
}

function openConnection({ host, port, connectTimeoutMs }: LedgerEndpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    );
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

function exchange(
  endpoint: LedgerEndpoint,
  socket: Socket,
  method: 'GET' | 'POST',
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  const { host, port, answerTimeoutMs } = endpoint;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => socket.destroy(new Error(`no answer within ${answerTimeoutMs} ms`)),
      answerTimeoutMs,
    );
    const end = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const allHeaders = {
      ...headers,
      host: `${host}:${port}`,
      connection: 'close',
      ...(method === 'POST' && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const outgoing = request({ method, path, headers: allHeaders, createConnection: () => socket }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', (error) => end(() => reject(error)));
      incoming.on('end', () =>
        end(() => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') })),
      );
    });
    outgoing.on('error', (error) => end(() => reject(error)));
    outgoing.end(body);
  });
}
