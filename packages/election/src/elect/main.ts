import { hostname } from 'node:os';
import { type Change, election } from '../election.ts';
import { type ElectionCode, ElectionError } from '../errors.ts';
import { settingsOf } from '../options.ts';
import type { LeaseStore } from '../store.ts';
import { type ElectArguments, readArguments } from './arguments.ts';
import { HELP } from './help.ts';
import { withoutLogin } from './login.ts';
import { openStore } from './open-store.ts';
import { runChild } from './run-child.ts';
import { serveStatus } from './status.ts';
import { count, metered, newTally, type Tally } from './tally.ts';

/** Runs holdfast-elect and returns its exit code. */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  try {
    const asked = readArguments(args, env);
    if (asked.kind === 'run') return await elect(asked.arguments, env);
    process.stdout.write(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof ElectionError)) throw error;
    say(`${error.code}: ${error.message}\n  ${error.remedy}`);
    return exitCodeOf(error);
  }
}

async function elect(asked: ElectArguments, env: NodeJS.ProcessEnv): Promise<number> {
  const { key, leaseMs, stopMs, connectMs } = asked;
  const holder = asked.name ?? `${hostname()}/${process.pid}`;
  const tally = newTally(key, holder);
  const server = asked.status === undefined ? undefined : await serveStatus(asked.status, tally);
  const stopping = new AbortController();
  const forcing = new AbortController();
  let stoppedBy = '';
  const release = onSignals((name) => {
    if (stopping.signal.aborted) return forcing.abort();
    stoppedBy = name.slice('SIG'.length);
    stopping.abort();
  });
  let opened: LeaseStore | undefined;
  try {
    const { signal } = stopping;
    opened = await openStore({
      address: asked.store,
      key,
      env,
      signal,
      ...(connectMs === undefined ? {} : { connectMs }),
    });
    const options = {
      store: metered(opened, tally),
      holder,
      signal,
      ...(leaseMs === undefined ? {} : { leaseMs }),
      ...(stopMs === undefined ? {} : { stopMs }),
      ...(connectMs === undefined ? {} : { connectMs }),
    };
    const settings = settingsOf(options);
    const untied = once((why: string) =>
      say(`if holdfast-elect is killed (KILL), the command will live on, beside the next leader's: ${why}`),
    );
    for await (const change of election(options)) {
      count(tally, change);
      say(sentence(change, key));
      if (change.kind !== 'leading') continue;
      const { command } = asked;
      const { term } = change;
      const end = await runChild({
        command,
        env: withoutLogin(env),
        term,
        stopMs: settings.stopMs,
        force: forcing.signal,
        untied,
      });
      if (end.byItself) {
        say(`the command ended with ${end.exitCode}; ${key} is released`);
        return end.exitCode;
      }
    }
    return 0;
  } catch (error) {
    if (error !== stopping.signal.reason) throw error;
    say(`stopped by ${stoppedBy}${whatIsLeft(tally, stopping.signal)}`);
    return 0;
  } finally {
    release();
    server?.close();
    server?.closeAllConnections();
    opened?.close?.();
  }
}

/** What a stopped candidate leaves behind: nothing, if it did not lead to the end. */
function whatIsLeft({ term, key, written }: Tally, stopped: AbortSignal): string {
  if (term === undefined || term.signal.reason !== stopped.reason) return '';
  return written ? `; ${key} is released` : `; ${key} could not be released: others can lead when its lease has ended`;
}

/** The same for its first call, nothing for the others. */
function once(say: (text: string) => void): (text: string) => void {
  let said = false;
  return (text) => {
    if (!said) say(text);
    said = true;
  };
}

function onSignals(listener: (name: NodeJS.Signals) => void): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

function sentence(change: Change, key: string): string {
  switch (change.kind) {
    case 'leading':
      return `leads ${key} with token ${change.term.token}`;
    case 'lost':
      return `no longer leads ${key}: ${change.because}`;
    case 'following':
      return change.holder === undefined
        ? `nobody leads ${key}`
        : `${change.holder} leads ${key} with token ${change.token}`;
    case 'trouble':
      return `${change.error.code}: ${change.error.message}`;
  }
}

function exitCodeOf(error: ElectionError): number {
  if (error.code === 'HF-ELECT-CHILD') {
    const { cause } = error;
    return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 127 : 126;
  }
  return EXIT_CODES[error.code];
}

/** As in sysexits.h where it has a name for it. */
const EXIT_CODES: Readonly<Record<ElectionCode, number>> = {
  'HF-ELECT-OPTION': 64,
  'HF-ELECT-STORE-UNREACHABLE': 69,
  'HF-ELECT-STORE-FAILED': 69,
  'HF-ELECT-STORE-DENIED': 77,
  'HF-ELECT-FOREIGN-KEY': 78,
  'HF-ELECT-LEASE-TOO-SHORT': 78,
  'HF-ELECT-TWIN': 78,
  'HF-ELECT-LOST': 1,
  'HF-ELECT-STALE-TOKEN': 1,
  'HF-ELECT-ASYNC-WORK': 1,
  'HF-ELECT-CHILD': 126,
};

function say(line: string): void {
  process.stderr.write(`holdfast-elect: ${line}\n`);
}
