import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Machine } from '../site/index.ts';
import { connectionFailure, noSsh, notRoot } from './ssh-failure.ts';

/** The shared connection to one machine: opened by the first who needs it, again after it broke. */
export interface SshConnection {
  /** Resolves when the connection stands and commands there run as root. Throws HoldfastError. */
  open(): Promise<void>;
  /** Arguments of ssh for one command over the shared connection. */
  commandArguments(remoteCommand: string): readonly string[];
  close(): Promise<void>;
}

const connectTimeoutSeconds = 8;
/** The longest that key exchange, login and the first command may take together. */
const readyTimeoutMs = 20_000;
const closeTimeoutMs = 2000;

/**
 * The master process runs `cat` on the machine and lives from our end of its standard input: however this process ends,
 * be it by SIGKILL, the master reads end of file and goes away. No ControlPersist, no process and no socket outlives us.
 */
export function sshConnection(options: {
  readonly machine: Machine;
  readonly configFile: string | undefined;
  readonly directory: string;
  readonly nonce: string;
}): SshConnection {
  const { machine, configFile, directory, nonce } = options;
  const controlPath = `${directory}/${process.pid}-${nonce.slice(-4)}-%C`;
  const shared = [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...['-T', '-a', '-x', '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', '-o', `ControlPath=${controlPath}`],
    ...['-o', 'ControlPersist=no', '-o', `ConnectTimeout=${connectTimeoutSeconds}`, '-o', 'ConnectionAttempts=1'],
    ...['-o', 'ServerAliveInterval=2', '-o', 'ServerAliveCountMax=4', '-o', 'ClearAllForwardings=yes'],
    ...['-o', 'RemoteCommand=none', '-o', 'PermitLocalCommand=no', '-o', 'EscapeChar=none'],
  ];
  let master: ChildProcess | undefined;
  let opening: Promise<void> | undefined;

  async function start(): Promise<void> {
    const identify = machine.sudo ? 'sudo -n id -u' : 'id -u';
    const child = spawn(
      'ssh',
      [...shared, '-o', 'ControlMaster=yes', machine.ssh, `echo ${nonce} "$(${identify})"; exec cat >/dev/null`],
      // A session of its own: Ctrl-C in the terminal must not cut the connection in the middle of a step.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    );
    master = child;
    const { printed, userId } = await untilReady(child, nonce);
    if (userId === undefined) {
      opening = undefined;
      throw connectionFailure(machine, configFile, printed);
    }
    child.once('exit', () => {
      if (master === child) {
        master = undefined;
        opening = undefined;
      }
    });
    if (userId !== '0') {
      await stop(child);
      throw notRoot(machine, configFile, printed);
    }
  }

  async function stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    const exit = spawn('ssh', [...shared, '-O', 'exit', machine.ssh], { stdio: 'ignore', detached: true });
    exit.once('error', () => child.kill('SIGTERM'));
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
    await gone;
    clearTimeout(timer);
  }

  return {
    open() {
      opening ??= start().catch((error) => {
        opening = undefined;
        throw error;
      });
      return opening;
    },
    commandArguments: (remoteCommand) => [...shared, '-o', 'ControlMaster=no', machine.ssh, remoteCommand],
    async close() {
      await opening?.catch(() => {});
      if (master !== undefined) await stop(master);
    },
  };
}

/** Waits for the line that the master's remote command prints first. Without it there is no connection. */
function untilReady(
  child: ChildProcess,
  nonce: string,
): Promise<{ readonly printed: string; readonly userId?: string }> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let printed = '';
    const timer = setTimeout(() => {
      printed += `\nno answer within ${readyTimeoutMs / 1000} s`;
      child.kill('SIGKILL');
    }, readyTimeoutMs);
    child.stdin?.on('error', () => {});
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const userId = new RegExp(`${nonce} (\\d*)\\n`).exec(stdout)?.[1];
      if (userId !== undefined) {
        clearTimeout(timer);
        resolve({ printed, userId });
      }
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (printed.length < 64 * 1024) printed += text;
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(noSsh(error));
    });
    child.once('close', () => {
      clearTimeout(timer);
      resolve({ printed });
    });
  });
}
