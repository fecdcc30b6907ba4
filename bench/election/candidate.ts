import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const elect = fileURLToPath(new URL('../../packages/election/bin/holdfast-elect.js', import.meta.url));

/** One holdfast-elect whose command says when it runs. Times are this process's performance.now(). */
export interface Candidate {
  readonly process: ChildProcess;
  /** When its command ran first, and the command's process id; once for each term. */
  readonly starts: { readonly atMs: number; readonly pid: number }[];
  /** When its command had ended because the term was lost. */
  readonly losses: number[];
  readonly follows: () => boolean;
  readonly output: () => string;
  stop(): Promise<void>;
}

/** @param prefix what to run it under: `ip netns exec <namespace>` */
export function startCandidate(args: readonly string[], prefix: readonly string[] = []): Candidate {
  const [program = '', ...rest] = [
    ...prefix,
    process.execPath,
    elect,
    ...args,
    '--',
    'sh',
    '-c',
    'echo pid=$$; exec sleep 3600',
  ];
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

export async function until<T>(what: string, probe: () => T | undefined | false): Promise<T> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
