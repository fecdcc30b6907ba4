import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { type Clock, HoldfastError } from '../core/index.ts';
import { labsDirectory, rootlessVariable } from './layout.ts';
import { isOnPath } from './on-path.ts';
import { killRecorded, recordedProcess, recordItself } from './process-record.ts';

/**
 * A lab of virtual machines without root. One process of the user holds a user namespace, in which he is root over his own and his
 * subordinate ids, and a mount namespace with an empty /run, so that network namespaces can have names. Every command that
 * concerns such a lab runs once more inside of them. Source: user_namespaces(7), unshare(1), subuid(5).
 */

/** Whether an ordinary user's command line needs those namespaces: it is about the lab, or about a site that lies in one. */
export function concernsRootlessLab(args: readonly string[], isRoot = process.geteuid?.() === 0): boolean {
  if (process.platform !== 'linux' || isRoot) {
    return false;
  }
  if (args[0] === 'lab') {
    return isVmUp(args) || holder() !== undefined;
  }
  return holder() !== undefined && args.some((arg) => resolve(arg).startsWith(`${labsDirectory}/`));
}

/**
 * Runs a command line inside, in this terminal, and gives its exit code. The namespaces go with the last lab.
 * Throws HF-LAB-UNSUPPORTED where this computer gives an ordinary user no such namespaces.
 */
export async function runInside(program: string, args: readonly string[], clock: Clock): Promise<number> {
  const pid = holder() ?? (await makeHolder(clock));
  const child = spawn(
    'nsenter',
    [
      ...[`--target=${pid}`, '--user', '--mount', '--preserve-credentials', `--wd=${process.cwd()}`, '--'],
      ...[process.execPath, ...process.execArgv, program, ...args],
    ],
    // Debian gives its users no PATH to mke2fs.
    { stdio: 'inherit', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, [rootlessVariable]: '1' } },
  );
  // The terminal tells both of us; the command inside decides what an interruption means.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  process.off('SIGINT', ignore);
  if (!(await hasLabs())) {
    await killRecorded(holderFile, clock, 5_000);
  }
  return typeof code === 'number' ? code : 1;
}

const holderFile = join(labsDirectory, 'namespaces.pid');

function holder(): number | undefined {
  return recordedProcess(holderFile);
}

function isVmUp(args: readonly string[]): boolean {
  return args.includes('up') && (args.includes('--machines=vm') || args[args.indexOf('--machines') + 1] === 'vm');
}

async function hasLabs(): Promise<boolean> {
  const entries = await readdir(labsDirectory, { withFileTypes: true });
  return entries.some((entry) => entry.isDirectory());
}

/** The empty /run keeps what /etc/resolv.conf points to: the image is built from inside. */
async function makeHolder(clock: Clock): Promise<number> {
  await refuseWithoutIds();
  await mkdir(labsDirectory, { recursive: true, mode: 0o700 });
  const script = `set -eu
names=$(readlink -f /etc/resolv.conf)
answers=$(cat "$names" 2>/dev/null || true)
mount -t tmpfs -o mode=755 tmpfs /run
case $names in /run/*) mkdir -p "\${names%/*}"; printf '%s\\n' "$answers" >"$names" ;; esac
mkdir /run/lock
${recordItself(holderFile)}
exec sleep infinity`;
  const child = spawn(
    'unshare',
    ['--user', '--map-auto', '--map-root-user', '--mount', '--propagation=private', 'sh', '-c', script],
    { detached: true, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let ended = false;
  void once(child, 'exit').then(() => {
    ended = true;
  });
  for (;;) {
    const pid = holder();
    if (pid !== undefined) {
      child.stderr.destroy();
      child.unref();
      return pid;
    }
    if (ended) {
      throw unsupported(
        `This computer gives an ordinary user no namespaces of his own: ${said.trim()}`,
        'Allow them (`sysctl kernel.unprivileged_userns_clone=1`, or `kernel.apparmor_restrict_unprivileged_userns=0` on Ubuntu), or run the lab as root.',
      );
    }
    await clock.sleep(10);
  }
}

/** The files of the machines belong to more than one user, so the user needs more than his own id. */
async function refuseWithoutIds(): Promise<void> {
  const { username, uid } = userInfo();
  if (!isOnPath('newuidmap')) {
    throw unsupported(
      'Not installed here: newuidmap.',
      'Install it with `apt-get install uidmap`, or run the lab as root.',
    );
  }
  const files = await Promise.all(['/etc/subuid', '/etc/subgid'].map((file) => readFile(file, 'utf8').catch(() => '')));
  const has = (text: string) =>
    text.split('\n').some((line) => line.startsWith(`${username}:`) || line.startsWith(`${uid}:`));
  if (!files.every(has)) {
    throw unsupported(
      `${username} has no subordinate ids in /etc/subuid and /etc/subgid.`,
      `Give him some with \`usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}\`, or run the lab as root.`,
    );
  }
}

function unsupported(message: string, remedy: string): HoldfastError {
  return new HoldfastError({ code: 'HF-LAB-UNSUPPORTED', message, remedy, source: 'user' });
}
