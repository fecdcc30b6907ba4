import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Tls } from './http.ts';

/** What Redis answers: an error is a value here, because it is the answer to one command of several. */
export type Reply = string | number | null | RedisError | readonly Reply[];

export class RedisError extends Error {}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: Tls;
}

export interface Resp {
  /** Sends a command; the answers come in the order of the commands. Rejects when the connection ends first. */
  command(...words: readonly string[]): Promise<Reply>;
  /** What the server sends unasked, once `command('SUBSCRIBE', …)` has been answered; null when the connection ends. */
  onPush(listener: (reply: Reply) => void): void;
  readonly ended: boolean;
  end(reason?: Error): void;
}

/** One connection that speaks RESP 2 (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
export function openResp({ host, port, tls }: RedisAddress): Resp {
  const socket: Socket =
    tls === undefined ? connectTcp({ host, port }) : connectTls({ host, port, servername: host, ...tls });
  const waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  let push: ((reply: Reply) => void) | undefined;
  let buffer = Buffer.alloc(0);
  let ended = false;

  function end(reason: Error = new Error('the connection was closed')): void {
    if (ended) return;
    ended = true;
    socket.destroy();
    for (const each of waiting.splice(0)) each.reject(reason);
    push?.(null);
  }

  function take(): void {
    for (let parsed = parse(buffer, 0); parsed !== undefined; parsed = parse(buffer, 0)) {
      buffer = buffer.subarray(parsed.end);
      const next = waiting.shift();
      if (next !== undefined) next.resolve(parsed.reply);
      else push?.(parsed.reply);
    }
  }

  socket.setNoDelay(true);
  socket.setKeepAlive(true, 1000);
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    try {
      take();
    } catch (error) {
      end(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on('error', end);
  socket.on('close', () => end());

  return {
    command(...words) {
      return new Promise((resolve, reject) => {
        if (ended) return reject(new Error('the connection was closed'));
        waiting.push({ resolve, reject });
        socket.write(
          `*${words.length}\r\n${words.map((each) => `$${Buffer.byteLength(each)}\r\n${each}\r\n`).join('')}`,
        );
      });
    },
    onPush(listener) {
      push = listener;
    },
    get ended() {
      return ended;
    },
    end,
  };
}

interface Parsed {
  readonly reply: Reply;
  readonly end: number;
}

/** The reply that begins at `start`, or undefined if it is not all there yet. */
function parse(buffer: Buffer, start: number): Parsed | undefined {
  const lineEnd = buffer.indexOf('\r\n', start);
  if (lineEnd === -1) return undefined;
  const line = buffer.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (buffer.toString('latin1', start, start + 1)) {
    case '+':
      return { reply: line, end };
    case '-':
      return { reply: new RedisError(line), end };
    case ':':
      return { reply: Number(line), end };
    case '$': {
      const length = Number(line);
      if (length < 0) return { reply: null, end };
      if (buffer.length < end + length + 2) return undefined;
      return { reply: buffer.toString('utf8', end, end + length), end: end + length + 2 };
    }
    case '*':
      return parseArray(buffer, Number(line), end);
    default:
      throw new Error('this is not a Redis server');
  }
}

function parseArray(buffer: Buffer, length: number, start: number): Parsed | undefined {
  const replies: Reply[] = [];
  let end = start;
  for (let each = 0; each < length; each += 1) {
    const parsed = parse(buffer, end);
    if (parsed === undefined) return undefined;
    replies.push(parsed.reply);
    end = parsed.end;
  }
  return { reply: replies, end };
}
