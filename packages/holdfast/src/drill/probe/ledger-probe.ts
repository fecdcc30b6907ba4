import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../../core/index.ts';
import type { Operation } from '../types.ts';
import type { LedgerEndpoint } from './ledger-http.ts';
import type { ProbeClient, WorkloadProbe } from './probe.ts';
import { operationOf, type ProbeCommand, type ProbeReport, parseReport } from './protocol.ts';

export interface LedgerProbeOptions {
  readonly endpoint: LedgerEndpoint;
  /** The network namespace of this computer in which the client stands; absent: this computer's own network. */
  readonly namespace?: string;
}

/** Enough for 4 s of unanswered writes at the usual 50 a second; more is a burst that only harms the client. */
const maxInFlight = 200;

/** The probe of examples/ledger: a payment per write, over HTTP. */
export function ledgerProbe(options: LedgerProbeOptions): WorkloadProbe {
  return { open: (signal) => openClient(options, signal) };
}

function openClient({ endpoint, namespace }: LedgerProbeOptions, signal: AbortSignal): ProbeClient {
  const child = startChild(endpoint, namespace);
  const errors: string[] = [];
  const waiting = new Set<{ take: (report: ProbeReport) => void; fail: (error: unknown) => void }>();
  let onOperation: (operation: Operation) => void = () => {};
  let closing = false;

  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const report = parseReport(line);
      if (report.kind === 'operation') onOperation(operationOf(report));
      else for (const each of waiting) each.take(report);
    });
  }
  const ended = once(child, 'close').catch(() => undefined);
  child.on('error', (error) => errors.push(error.message));
  void ended.then(() => {
    for (const each of waiting) each.fail(clientEnded(errors.join('').trim(), closing));
  });

  const tell = (command: ProbeCommand) => child.stdin?.write(`${JSON.stringify(command)}\n`);
  child.stdin?.on('error', () => {});

  /** Tells the child something and takes the first report that `pick` accepts. */
  async function ask<T>(command: ProbeCommand, pick: (report: ProbeReport) => T | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiter = {
      take: (report: ProbeReport) => {
        try {
          const picked = pick(report);
          if (picked !== undefined) resolve(picked);
        } catch (error) {
          reject(error);
        }
      },
      fail: reject,
    };
    const abort = () => reject(signal.reason);
    waiting.add(waiter);
    signal.addEventListener('abort', abort, { once: true });
    if (child.exitCode !== null || child.signalCode !== null) reject(clientEnded(errors.join('').trim(), closing));
    tell(command);
    try {
      return await promise;
    } finally {
      waiting.delete(waiter);
      signal.removeEventListener('abort', abort);
    }
  }

  return {
    startLoad(load, listener) {
      onOperation = listener;
      tell({ kind: 'load', maxInFlight, ...load });
    },
    stopLoad: () => ask({ kind: 'stop' }, (report) => (report.kind === 'stopped' ? report : undefined)),
    readBack: (prefix, timeoutMs) =>
      ask({ kind: 'read', prefix, timeoutMs }, (report) => {
        if (report.kind === 'keys') return report.keys;
        if (report.kind === 'unreadable') throw unreadable(endpoint, report.reason);
        return undefined;
      }),
    async close() {
      closing = true;
      child.stdin?.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      await ended;
      clearTimeout(timer);
    },
  };
}

function startChild(endpoint: LedgerEndpoint, namespace: string | undefined): ChildProcess {
  // In the source tree this file and the child are TypeScript, in the published package JavaScript.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = fileURLToPath(new URL(`./ledger-child.${extension}`, import.meta.url));
  const command = [process.execPath, file, JSON.stringify(endpoint)];
  const [program = '', ...args] =
    namespace === undefined ? command : ['nsenter', `--net=/run/netns/${namespace}`, '--', ...command];
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
}

function clientEnded(printed: string, closing: boolean): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-CLIENT',
    message: closing
      ? 'The client of the drill was closed.'
      : `The client of the drill ended by itself${printed === '' ? '' : `: ${printed.split('\n').at(-1)}`}.`,
    remedy: 'Run the drill as root where the site file names a client namespace, and check that the namespace exists.',
    source: 'tool',
  });
}

function unreadable({ host, port }: LedgerEndpoint, reason: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-UNREADABLE',
    message: `The ledger at ${host}:${port} could not be read back completely: ${reason}.`,
    remedy: 'Look at `holdfast status`: the service must answer before anything can be said about lost writes.',
    source: 'site',
  });
}
