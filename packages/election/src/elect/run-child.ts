import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Term } from '../election.ts';
import { ElectionError } from '../errors.ts';

export interface ChildEnd {
  /** As a shell would report it: 128 and the signal's number if a signal ended it. */
  readonly exitCode: number;
  /** Whether it ended before the term did. */
  readonly byItself: boolean;
}

/**
 * Runs the command, in a process group of its own, until it ends. When the term's signal aborts, the group is sent TERM,
 * and KILL before another candidate may lead. Nothing of the group is left when this resolves.
 *
 * @param force aborts when the command shall be killed without waiting for it to stop
 */
export async function runChild(
  command: readonly [string, ...string[]],
  term: Term,
  force: AbortSignal,
): Promise<ChildEnd> {
  const child = await started(command, term);
  const { promise: ended, resolve } = Promise.withResolvers<ChildEnd>();
  let killTimer: NodeJS.Timeout | undefined;

  const kill = () => signalGroup(child, 'SIGKILL');
  const killInTime = () => {
    // Asked anew each time: on a wanted stop the lease is still renewed, and the command may take its time.
    const leftMs = term.stopWithinMs;
    if (leftMs <= 0) kill();
    else killTimer = setTimeout(killInTime, leftMs);
  };
  const stop = () => {
    signalGroup(child, 'SIGTERM');
    killInTime();
  };

  child.once('exit', (code, signal) => {
    const byItself = !term.signal.aborted;
    // What it started must not outlive it: the lease is about to be released.
    kill();
    resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), byItself });
  });
  term.signal.addEventListener('abort', stop, { once: true });
  force.addEventListener('abort', kill, { once: true });
  if (term.signal.aborted) stop();
  try {
    return await ended;
  } finally {
    clearTimeout(killTimer);
    term.signal.removeEventListener('abort', stop);
    force.removeEventListener('abort', kill);
  }
}

async function started(command: readonly [string, ...string[]], term: Term): Promise<ChildProcess> {
  const [program, ...rest] = tied(command);
  const child = spawn(program, rest, {
    stdio: 'inherit',
    detached: true,
    env: { ...process.env, HOLDFAST_TOKEN: String(term.token), HOLDFAST_HOLDER: term.holder },
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(cannotRun(program, error)));
  });
  return child;
}

const SETPRIV = '/usr/bin/setpriv';

/** On Linux the kernel kills the command when this process dies, however it dies. */
function tied(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return process.platform === 'linux' && existsSync(SETPRIV)
    ? [SETPRIV, '--pdeathsig', 'KILL', '--', ...command]
    : command;
}

function signalGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

function cannotRun(program: string, error: Error): ElectionError {
  return new ElectionError(
    'HF-ELECT-CHILD',
    `${program} cannot be run: ${error.message}`,
    'Check the path and its permissions.',
    {
      cause: error,
    },
  );
}
