import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Machine } from '../site/index.ts';
import type { Host, RunOptions, RunResult } from './host.ts';
import { readTrailer, remoteCommand } from './remote-command.ts';
import { sshConnection } from './ssh-connection.ts';
import { connectionLost, noSsh, timedOut, tooMuchOutput } from './ssh-failure.ts';

const defaultTimeoutMs = 60_000;
const mostOutputBytes = 32 * 1024 * 1024;

/** A machine reached through the system's OpenSSH. Throws HoldfastError with `HF-HOST-…` codes. */
export function sshHost(options: {
  readonly machine: Machine;
  readonly configFile: string | undefined;
  readonly directory: string;
  readonly nonce: string;
}): Host {
  const { machine, configFile, nonce } = options;
  const connection = sshConnection(options);

  async function run(script: string, runOptions: RunOptions = {}): Promise<RunResult> {
    const { stdin, signal, timeoutMs = defaultTimeoutMs } = runOptions;
    await connection.open();
    signal?.throwIfAborted();
    const command = remoteCommand({ script, sudo: machine.sudo, nonce, timeoutMs, endsWithInput: false });
    const child = spawnSsh(connection.commandArguments(command), stdin);
    let failure: unknown;
    const end = (reason: unknown) => {
      failure ??= reason;
      abandon(child);
    };
    const timer = setTimeout(() => end(timedOut(machine, configFile, timeoutMs)), timeoutMs);
    const onAbort = () => end(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const [stdout, printed, exitCode] = await Promise.all([
        collect(child.stdout, () => end(tooMuchOutput(machine, mostOutputBytes))),
        collect(child.stderr, () => end(tooMuchOutput(machine, mostOutputBytes))),
        exitOf(child),
      ]);
      if (failure !== undefined) throw failure;
      const trailer = readTrailer(printed, nonce);
      if (trailer.exitCode === undefined) {
        // Without the trailer, an exit code other than 255 says that the script's shell itself was killed there.
        throw connectionLost(machine, configFile, exitCode === 255 ? printed : `${printed}\nended with ${exitCode}`);
      }
      return { exitCode: trailer.exitCode, stdout, stderr: trailer.stderr };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async function* lines(script: string, runOptions: RunOptions = {}): AsyncIterable<string> {
    const { stdin, signal, timeoutMs } = runOptions;
    await connection.open();
    if (signal?.aborted) return;
    const command = remoteCommand({ script, sudo: machine.sudo, nonce, endsWithInput: stdin === undefined });
    const child = spawnSsh(connection.commandArguments(command), stdin ?? untilEnded);
    const end = () => abandon(child);
    const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
    signal?.addEventListener('abort', end, { once: true });
    child.stderr?.resume();
    const exited = exitOf(child);
    try {
      yield* linesOf(child.stdout);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      end();
      await exited;
    }
  }

  return { name: machine.name, run, lines, close: () => connection.close() };
}

/** Keeps standard input open until the process is ended. */
const untilEnded = Symbol('until ended');

function spawnSsh(args: readonly string[], stdin: RunOptions['stdin'] | typeof untilEnded): ChildProcess {
  const child = spawn('ssh', args, {
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // A script need not read its standard input: that the pipe breaks is no failure.
  child.stdin?.on('error', () => {});
  if (child.stdin === null || stdin === undefined || stdin === untilEnded) return child;
  if (typeof stdin === 'string' || stdin instanceof Uint8Array) child.stdin.end(stdin);
  else pipeline(Readable.from(stdin), child.stdin).catch(() => {});
  return child;
}

/**
 * The master process holds copies of a command's streams until the machine has ended it: only when we close ours, too, is
 * there nothing to wait for.
 */
function abandon(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.stdin?.destroy();
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(noSsh(error)));
    child.once('close', (code) => resolve(code ?? 255));
  });
}

async function collect(stream: Readable | null, onTooMuch: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostOutputBytes) onTooMuch();
    else chunks.push(chunk);
  });
  if (stream !== null) await once(stream, 'close');
  return Buffer.concat(chunks).toString('utf8');
}

async function* linesOf(stream: Readable | null): AsyncIterable<string> {
  if (stream === null) return;
  let rest = '';
  for await (const text of readable(stream)) {
    const parts = `${rest}${text}`.split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}

/** The text of a stream until it ends or is closed by us. */
async function* readable(stream: Readable): AsyncIterable<string> {
  try {
    yield* stream.setEncoding('utf8');
  } catch (error) {
    if (!stream.destroyed) throw error;
  }
}
