import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, HoldfastError } from '../core/index.ts';

/**
 * Control groups say which processes are a machine's: membership is inherited by every child, cannot be left from
 * inside, and outlives whoever started the machine. Each machine also needs one of its own because two systemds in
 * one group would manage each other's services. Source: Linux, Documentation/admin-guide/cgroup-v2.rst.
 */
interface Hierarchies {
  /** Where cgroup v2 is mounted (alone, or beside v1): it can kill a whole group at one instant. */
  readonly unified: string;
  /** Where systemd's v1 hierarchy is mounted, on computers that still have it: a machine's systemd then uses that one. */
  readonly systemd?: string;
}

let known: Hierarchies | undefined;

/** Throws HF-LAB-UNSUPPORTED where cgroup v2 is not mounted. */
function hierarchies(): Hierarchies {
  known ??= parseHierarchies(readFileSync('/proc/self/mountinfo', 'utf8'));
  return known;
}

export function parseHierarchies(mountinfo: string): Hierarchies {
  const mounts = mountinfo
    .split('\n')
    .map((line) => line.split(' - '))
    .map(([where = '', what = '']) => ({ path: where.split(' ')[4], type: what.split(' ')[0], options: what }));
  const unified = mounts.find((mount) => mount.type === 'cgroup2')?.path;
  const systemd = mounts.find((mount) => mount.type === 'cgroup' && mount.options.includes('name=systemd'))?.path;
  if (!unified) {
    throw new HoldfastError({
      code: 'HF-LAB-UNSUPPORTED',
      message: 'Control groups of version 2 are not mounted on this computer.',
      remedy: 'Mount them (`mount -t cgroup2 none /sys/fs/cgroup`), or run the lab on a Linux that does.',
      source: 'user',
    });
  }
  return systemd ? { unified, systemd } : { unified };
}

function directories(group: string): string[] {
  const { unified, systemd } = hierarchies();
  return [unified, systemd].filter((root) => root !== undefined).map((root) => join(root, group));
}

/** Makes the group in every hierarchy and gives the `cgroup.procs` files that a process joins it by. */
export async function makeGroup(group: string): Promise<readonly string[]> {
  const made = directories(group);
  await Promise.all(made.map((directory) => mkdir(directory, { recursive: true })));
  return made.map((directory) => join(directory, 'cgroup.procs'));
}

/** Whether any process lives in the group or below it. Whoever joins a group joins cgroup v2's first. */
export function isPopulated(group: string): boolean {
  return readLines(join(hierarchies().unified, group, 'cgroup.events')).includes('populated 1');
}

/** The processes in the group and below, as this computer numbers them. */
export function groupProcesses(group: string): readonly number[] {
  return [...new Set(directories(group).flatMap(processesBelow))];
}

/** Kills every process of the group at once, new children included. Needs Linux 5.14. */
export function killGroup(group: string): void {
  const switchFile = join(hierarchies().unified, group, 'cgroup.kill');
  if (existsSync(switchFile)) {
    writeFileSync(switchFile, '1');
  }
  // Whoever joined the other hierarchy only, between the two lines that join both.
  for (const pid of groupProcesses(group)) {
    killQuietly(pid);
  }
}

/** Waits until the group is empty. Throws HF-LAB-STUCK when `limitMs` are over. */
export async function untilEmpty(group: string, clock: Clock, limitMs: number): Promise<void> {
  const deadline = clock.monotonic() + limitMs;
  while (isPopulated(group)) {
    if (clock.monotonic() > deadline) {
      throw new HoldfastError({
        code: 'HF-LAB-STUCK',
        message: `Processes ${groupProcesses(group).join(', ')} of ${group} did not end within ${limitMs} ms of being killed.`,
        remedy: 'Look at them with `ps`: one that hangs in the kernel ends when its disk or file system answers.',
        source: 'tool',
      });
    }
    await clock.sleep(2);
  }
}

/** Removes the group and those below it. They must be empty. */
export async function removeGroup(group: string, clock: Clock): Promise<void> {
  for (const directory of directories(group)) {
    // A group stays busy for a moment after its last process has ended.
    for (let attempt = 0; existsSync(directory); attempt += 1) {
      try {
        removeTree(directory);
      } catch (error) {
        if (attempt === 100) {
          throw error;
        }
        await clock.sleep(10);
      }
    }
  }
}

/** The directories of the group that exist, for the list of what is left. */
export function groupDirectories(group: string): readonly string[] {
  return directories(group).filter((directory) => existsSync(directory));
}

/** The process that is number 1 inside the group's PID namespace, while it runs. */
export async function initProcess(group: string): Promise<number | undefined> {
  for (const pid of groupProcesses(group)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (/^NSpid:\t\d+\t1$/m.test(status)) {
      return pid;
    }
  }
  return undefined;
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function processesBelow(directory: string): number[] {
  const own = readLines(join(directory, 'cgroup.procs')).map(Number);
  return [...own, ...subdirectories(directory).flatMap((child) => processesBelow(join(directory, child)))];
}

function removeTree(directory: string): void {
  for (const child of subdirectories(directory)) {
    removeTree(join(directory, child));
  }
  rmdirSync(directory);
}

function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
