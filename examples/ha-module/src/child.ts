import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A process of this demonstration. */
export interface Child {
  readonly process: ChildProcess;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Asks it to end, also when it is stopped; kills it when it does not within two seconds. */
  end(): Promise<number | NodeJS.Signals>;
}

/** @param say is given each line it prints */
export function startChild(program: string, args: readonly string[], say: (line: string) => void): Child {
  const [first, ...rest] = tied([program, ...args]);
  const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', say);
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code ?? 0));
  });
  // Whoever asks is told; nobody has to ask.
  ended.catch(() => undefined);
  return {
    process: child,
    ended,
    async end() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

const SETPRIV = '/usr/bin/setpriv';

/** On Linux the kernel ends it with this process, however this process ends. */
function tied(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const possible = process.platform === 'linux' && existsSync(SETPRIV);
  return possible ? [SETPRIV, '--pdeathsig', 'KILL', '--', ...command] : command;
}
