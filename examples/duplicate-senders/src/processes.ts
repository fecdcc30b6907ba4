import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A program that is started, killed and started again, always with the same arguments. */
export interface Program {
  readonly running: () => boolean;
  /** Of the last run that has ended; undefined if a signal ended it. */
  readonly exitCode: () => number | undefined;
  /** The end of what it wrote, for error messages. */
  readonly output: () => string;
  start(): void;
  /** Resolves when it has ended. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export function program(command: readonly string[], env: NodeJS.ProcessEnv = process.env): Program {
  const [file = '', ...args] = tied(command);
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let text = '';
  return {
    running: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    exitCode: () => child?.exitCode ?? undefined,
    output: () => text,
    start() {
      const started = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
      child = started;
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (chunk) => {
          text = (text + chunk).slice(-4000);
        });
      ended = new Promise((resolve) => {
        started.once('close', () => resolve());
        started.once('error', (error) => {
          text += error.message;
          resolve();
        });
      });
    },
    async stop(signal) {
      child?.kill(signal);
      await ended;
    },
  };
}

const SETPRIV = '/usr/bin/setpriv';

/** On Linux the kernel ends the program when this process dies, however it dies: nothing is left behind. */
function tied(command: readonly string[]): readonly string[] {
  return process.platform === 'linux' && existsSync(SETPRIV)
    ? [SETPRIV, '--pdeathsig', 'KILL', '--', ...command]
    : command;
}
