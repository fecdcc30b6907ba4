import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from './reading.ts';

/** More readings than this the machine does not keep: a sender that was away for longer has lost some. */
const HISTORY = 100_000;
const LARGEST_ANSWER = 500;
const LONGEST_WAIT_MS = 1000;

export interface Machine {
  readonly url: string;
  /** Number of the last reading; 0 before the first. */
  readonly last: () => number;
  /** Takes no further readings, but still answers. */
  pause(): void;
  stop(): Promise<void>;
}

/**
 * A simulated machine with a data logger: GET /?after=N answers the readings after N, oldest first, and waits for the next
 * one if there is none. It runs by itself, whoever reads it.
 */
export async function startMachine(readingsPerSecond: number): Promise<Machine> {
  const history: Reading[] = [];
  let last = 0;
  const startedMs = Date.now();
  const timer = setInterval(() => {
    for (const due = Math.floor(((Date.now() - startedMs) * readingsPerSecond) / 1000); last < due; ) {
      last += 1;
      history.push({ number: last, takenAtMs: Date.now(), millibar: 6000 + Math.round(900 * Math.sin(last / 50)) });
    }
    if (history.length > HISTORY) history.splice(0, history.length - HISTORY);
  }, 2);

  const server = createServer(async (request, response) => {
    const after = Number(new URL(request.url ?? '/', 'http://machine').searchParams.get('after') ?? 0);
    const askedMs = performance.now();
    while (last <= after && performance.now() - askedMs < LONGEST_WAIT_MS) await sleep(2);
    const first = history[0]?.number ?? 1;
    const from = Math.max(0, after + 1 - first);
    response.end(JSON.stringify(history.slice(from, from + LARGEST_ANSWER)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}/`,
    last: () => last,
    pause: () => clearInterval(timer),
    async stop() {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
