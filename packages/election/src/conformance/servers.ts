import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Debian packages that hold each server, with the libraries that a plain Debian lacks. */
const PACKAGES = {
  etcd: ['etcd-server'],
  'nats-server': ['nats-server'],
  'redis-server': ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'liblua5.1-0', 'lua-cjson', 'lua-bitop'],
} as const;

export type ServerName = keyof typeof PACKAGES;

export interface Server {
  readonly port: number;
  /** Its directory; removed by stop(). */
  readonly directory: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Where packages are unpacked, beside the system, so that no maintainer script runs and no service starts. */
const unpacked = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'holdfast', 'servers');

/** Starts a real server on 127.0.0.1 with a free port and a directory of its own, and waits until it accepts connections. */
export async function startServer(
  name: ServerName,
  argumentsFor: (port: number, directory: string, secondPort: number) => readonly string[],
): Promise<Server> {
  const { program, libraries } = locate(name);
  const [port, secondPort] = [await freePort(), await freePort()];
  const directory = mkdtempSync(join(tmpdir(), `election-${name}-`));
  const child = spawn(program, argumentsFor(port, directory, secondPort), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output = (output + chunk).slice(-4000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for (let tries = 0; !(await accepts(port)); tries += 1) {
    if (child.exitCode !== null || tries > 200) {
      child.kill('SIGKILL');
      throw new Error(`${name} did not start: ${output}`);
    }
    await sleep(50);
  }
  return {
    port,
    directory,
    process: child,
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One member of etcd that is a cluster by itself. */
export function startEtcd(): Promise<Server> {
  return startServer('etcd', (port, directory, peerPort) => [
    `--data-dir=${directory}/data`,
    `--listen-client-urls=http://127.0.0.1:${port}`,
    `--advertise-client-urls=http://127.0.0.1:${port}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
    '--log-level=error',
  ]);
}

/** Why this server cannot be run here, or undefined if it can. */
export function missing(name: ServerName): string | undefined {
  try {
    locate(name);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function locate(name: ServerName): { readonly program: string; readonly libraries: string } {
  for (const directory of ['/usr/bin', '/usr/sbin', '/usr/local/bin']) {
    const program = join(directory, name);
    if (existsSync(program)) return { program, libraries: '' };
  }
  const root = join(unpacked, name);
  if (!existsSync(root)) unpack(name, root);
  const program = [join(root, 'usr/bin', name), join(root, 'usr/sbin', name)].find((each) => existsSync(each));
  if (program === undefined) throw new Error(`${name} is not in ${root}; remove that directory to try again`);
  const libraries = readdirSync(join(root, 'usr'), { recursive: true, withFileTypes: true })
    .filter((each) => each.name.includes('.so'))
    .map((each) => each.parentPath);
  return { program, libraries: [...new Set(libraries)].join(':') };
}

function unpack(name: ServerName, root: string): void {
  const downloads = mkdtempSync(join(tmpdir(), 'election-packages-'));
  try {
    execFileSync('apt-get', ['download', '-qq', ...PACKAGES[name]], { cwd: downloads, stdio: 'pipe' });
    mkdirSync(root, { recursive: true });
    for (const file of readdirSync(downloads))
      execFileSync('dpkg', ['-x', join(downloads, file), root], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(`${name} is not installed and could not be downloaded: apt-get install ${PACKAGES[name][0]}`, {
      cause: error,
    });
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function accepts(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
