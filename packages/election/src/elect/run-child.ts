import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Term } from '../election.ts';
import { ElectionError } from '../errors.ts';
import { type Guard, startGuard } from './guard.ts';

export interface ChildEnd {
  /** As a shell would report it: 128 and the signal's number if a signal ended it. */
  readonly exitCode: number;
  /** Whether it ended before the term did. */
  readonly byItself: boolean;
}

export interface ChildOptions {
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly term: Term;
  /** How long before another candidate may lead the term's signal aborts. */
  readonly stopMs: number;
  /** Aborts when the command shall be killed without waiting for it to stop. */
  readonly force: AbortSignal;
  /** Is told when the command would live on if this process were killed. */
  readonly untied: (why: string) => void;
}

/** Timers come late on a busy machine. So KILL is sent this part of `stopMs` before another candidate may lead. */
const KILL_EARLY = 1 / 4;

/**
 * Runs the command, in a process group of its own, until it ends. When the term's signal aborts, the group is sent TERM,
 * and KILL before another candidate may lead. Nothing of the group is left when this resolves, or when this process dies.
 */
export async function runChild(options: ChildOptions): Promise<ChildEnd> {
  const { term, stopMs, force } = options;
  const guard = await startGuard(options.untied);
  const child = await started(options, guard);
  const { promise: ended, resolve } = Promise.withResolvers<ChildEnd>();
  let killTimer: NodeJS.Timeout | undefined;

  const kill = () => signalGroup(child, 'SIGKILL');
  const killInTime = () => {
    // Asked anew each time: on a wanted stop the lease is still renewed, and the command may take its time.
    const leftMs = term.stopWithinMs - stopMs * KILL_EARLY;
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
    guard.dismiss();
    term.signal.removeEventListener('abort', stop);
    force.removeEventListener('abort', kill);
  }
}

async function started({ command, env, term }: ChildOptions, guard: Guard): Promise<ChildProcess> {
  const [program, ...rest] = command;
  const child = spawn(program, rest, {
    stdio: 'inherit',
    detached: true,
    env: { ...env, HOLDFAST_TOKEN: String(term.token), HOLDFAST_HOLDER: term.holder },
  });
  // At once: until the guard knows the group, the group would outlive this process.
  if (child.pid !== undefined) guard.watch(child.pid);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(cannotRun(program, error)));
    });
  } catch (error) {
    guard.dismiss();
    throw error;
  }
  return child;
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
