import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { NotDurableError } from './group-commit.ts';
import type { Ledger } from './ledger.ts';

const maxBodyBytes = 4096;
const maxPage = 10_000;
const keyPattern = /^[\x21-\x7e]{1,200}$/;

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The HTTP face of a ledger. Anything that is not certainly durable is answered 503. */
export function createApi(ledger: Ledger): RequestListener {
  return (request, response) => {
    route(ledger, request)
      .catch((error) => failed(error, request))
      .then((answer) => send(ledger, response, answer));
  };
}

async function route(ledger: Ledger, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://ledger');
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /payments':
      return await pay(ledger, request);
    case 'GET /payments':
      return list(ledger, url.searchParams);
    case 'GET /health':
      await ledger.prove();
      return { status: 200, body: { status: 'ok', ...ledger.identity } };
    default:
      return refused(404, 'there are POST /payments, GET /payments and GET /health');
  }
}

async function pay(ledger: Ledger, request: IncomingMessage): Promise<Answer> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || !keyPattern.test(key)) {
    return refused(400, 'the header Idempotency-Key must hold 1 to 200 printable ASCII characters');
  }
  const body = await readBody(request);
  if (body === undefined) return refused(413, `the body is longer than ${maxBodyBytes} bytes`);
  const amount = amountIn(body);
  if (amount === undefined) return refused(400, 'the body must be {"amount": n} with a whole number n from 0');
  const { outcome, sequence } = await ledger.pay(key, amount);
  if (outcome === 'conflict') return refused(409, 'this key was used before with another amount');
  return { status: outcome === 'new' ? 201 : 200, body: { key, sequence, ...ledger.identity } };
}

function list(ledger: Ledger, query: URLSearchParams): Answer {
  const after = wholeNumber(query.get('after') ?? '0');
  const limit = wholeNumber(query.get('limit') ?? '1000');
  if (after === undefined) return refused(400, 'after must be a sequence number');
  if (limit === undefined || limit < 1 || limit > maxPage) return refused(400, `limit must be 1 to ${maxPage}`);
  return { status: 200, body: { ...ledger.list(after, limit, query.get('prefix') ?? '') } };
}

/** The whole body, or undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function amountIn(body: string): number | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('amount' in value) || Object.keys(value).length !== 1) return;
  const { amount } = value;
  return typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 0 ? amount : undefined;
}

function wholeNumber(text: string): number | undefined {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

function refused(status: number, error: string): Answer {
  return { status, body: { error } };
}

function failed(error: unknown, request: IncomingMessage): Answer {
  const message = error instanceof Error ? error.message : String(error);
  // A request that its client broke off is no fault of the ledger's.
  if (request.complete && !(error instanceof NotDurableError)) console.error(`ledger: ${message}`);
  return refused(503, message);
}

function send(ledger: Ledger, response: ServerResponse, answer: Answer): void {
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'ledger-node': ledger.identity.node,
    'ledger-start': ledger.identity.start,
    // The rest of a body that is too long is not read: the connection cannot be used again.
    ...(answer.status === 413 ? { connection: 'close' } : {}),
  });
  response.end(text);
}
