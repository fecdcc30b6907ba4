/**
 * The client of a drill as a process of its own: nothing that the drill does meanwhile can delay a write. It is started in
 * the clients' network namespace with the ledger's endpoint as JSON argument, takes commands on standard input and ends
 * when that ends, so it never outlives the drill.
 */
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type Clock, systemClock } from '../../core/index.ts';
import { type LedgerEndpoint, readPage, sendPayment } from './ledger-http.ts';
import { runOpenLoop } from './open-loop.ts';
import { type ProbeCommand, type ProbeReport, parseCommand } from './protocol.ts';
import { readBackCompletely } from './read-back.ts';

/** Wall time with the resolution of the monotonic clock: Date.now() knows only whole milliseconds. */
const clock: Clock = { ...systemClock, now: () => performance.timeOrigin + performance.now() };
const endpoint: LedgerEndpoint = z
  .object({
    host: z.string(),
    port: z.number(),
    connectTimeoutMs: z.number(),
    answerTimeoutMs: z.number(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));
let stopLoad = () => {};

createInterface({ input: process.stdin })
  .on('line', (line) => void obey(parseCommand(line)))
  .on('close', () => process.exit(0));
// The drill is gone, and standard input has not told us yet.
process.stdout.on('error', () => process.exit(0));
// Ctrl-C reaches the whole process group; the drill decides when the load ends.
process.on('SIGINT', () => {});

async function obey(command: ProbeCommand): Promise<void> {
  switch (command.kind) {
    case 'load':
      return load(command);
    case 'stop':
      return stopLoad();
    case 'read':
      return read(command);
  }
}

async function load({ prefix, ratePerSecond, maxInFlight }: Extract<ProbeCommand, { kind: 'load' }>): Promise<void> {
  const stop = new AbortController();
  stopLoad = () => stop.abort(new Error('the load is over'));
  const { skipped } = await runOpenLoop({
    clock,
    ratePerSecond,
    maxInFlight,
    signal: stop.signal,
    send: async (index, intendedAtMs) => {
      const key = `${prefix}${index}`;
      const startedAtMs = clock.monotonic();
      const invokedAtMs = clock.now();
      const answer = await sendPayment(endpoint, key);
      const elapsedMonotonicMs = clock.monotonic() - startedAtMs;
      const completedAtMs = invokedAtMs + elapsedMonotonicMs;
      say({ kind: 'operation', key, intendedAtMs, invokedAtMs, completedAtMs, elapsedMonotonicMs, ...answer });
    },
  });
  say({ kind: 'stopped', skipped });
}

async function read({ prefix, timeoutMs }: Extract<ProbeCommand, { kind: 'read' }>): Promise<void> {
  // One page may hold thousands of payments: it gets more time than a write.
  const patient = { ...endpoint, answerTimeoutMs: 5 * endpoint.answerTimeoutMs };
  try {
    const keys = await readBackCompletely({
      clock,
      timeoutMs,
      readPage: (afterSequence) => readPage(patient, afterSequence, prefix),
    });
    say({ kind: 'keys', keys: [...keys] });
  } catch (error) {
    say({ kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) });
  }
}

function say(report: ProbeReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
