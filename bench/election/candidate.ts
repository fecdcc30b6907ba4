import { type ChildProcess, spawn } from 'node:child_process';

/** One candidate of an election in a process of its own. Times are this process's performance.now(). */
export interface Candidate {
  readonly process: ChildProcess;
  /** When its work began, and the process id of what does the work; once for each term. */
  readonly starts: { readonly atMs: number; readonly pid: number }[];
  /** When its work had ended because the term was lost. */
  readonly losses: number[];
  readonly follows: () => boolean;
  readonly output: () => string;
  stop(): Promise<void>;
}

/**
 * Starts a program that prints `pid=<n>` when its work begins, "no longer leads" when a term was lost, and "<name> leads" while
 * another one does: holdfast-elect does so, and the other candidates here say the same.
 *
 * @param prefix what to run it under: `ip netns exec <namespace>`
 */
export function startCandidate(command: readonly string[], prefix: readonly string[] = []): Candidate {
  const [program = '', ...rest] = [...prefix, process.execPath, ...command];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const starts: { atMs: number; pid: number }[] = [];
  const losses: number[] = [];
  let text = '';
  let following = false;
  child.stdout.on('data', (chunk) => {
    for (const [, pid] of String(chunk).matchAll(/pid=(\d+)/g))
      starts.push({ atMs: performance.now(), pid: Number(pid) });
  });
  child.stderr.on('data', (chunk) => {
    text = (text + chunk).slice(-4000);
    if (/no longer leads/.test(String(chunk))) losses.push(performance.now());
    if (/: (?!nobody)\S+ leads /.test(String(chunk))) following = true;
    if (/elect: (leads|no longer leads) /.test(String(chunk))) following = false;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    process: child,
    starts,
    losses,
    follows: () => following,
    output: () => text,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Throws with what it said if one of them has ended by itself: waiting for it would be in vain. */
export function allLive(candidates: readonly Candidate[]): boolean {
  const ended = candidates.find(({ process }) => process.exitCode !== null);
  if (ended !== undefined) throw new Error(`a candidate ended with ${ended.process.exitCode}: ${ended.output()}`);
  return true;
}

/** Far longer than any of the contenders' own times. */
const LIMIT_SECONDS = 90;

export async function until<T>(what: string, signal: AbortSignal, probe: () => T | undefined | false): Promise<T> {
  const deadlineMs = performance.now() + LIMIT_SECONDS * 1000;
  for (;;) {
    signal.throwIfAborted();
    const found = probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`${LIMIT_SECONDS} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
