import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { type Clock, HoldfastError } from '../core/index.ts';
import { hostCommand } from './host-command.ts';
import { type LabLayout, sharedDiskBytes } from './layout.ts';

/** Makes the file behind the shared disk where it is missing, empty and sparse. */
export async function ensureDiskFile(layout: LabLayout): Promise<void> {
  const file = await open(layout.diskFile, 'a', 0o600);
  try {
    await file.truncate(sharedDiskBytes);
  } finally {
    await file.close();
  }
}

/** Makes the shared disk where it is missing, and gives its loop device (`/dev/loop…`). */
export async function ensureDisk(layout: LabLayout): Promise<string> {
  const attached = attachedDevices(layout)[0];
  if (attached) {
    return attached;
  }
  await ensureDiskFile(layout);
  return (await hostCommand('losetup', ['--find', '--show', layout.diskFile])).trim();
}

/** Detaches the disk from every loop device that holds it. */
export async function detachDisk(layout: LabLayout): Promise<void> {
  for (const device of attachedDevices(layout)) {
    await hostCommand('losetup', ['--detach', device]);
  }
}

/** The loop devices that hold this lab's disk, found by their backing file. */
export function attachedDevices(layout: LabLayout): readonly string[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .filter((name) => backingFile(name).replace(/ \(deleted\)$/, '') === layout.diskFile)
    .map((name) => `/dev/${name}`);
}

/** Whether a process sees the device mounted anywhere. */
export async function hasMounted(pid: number, device: string): Promise<boolean> {
  const number = readFileSync(`/sys/block/${device.slice('/dev/'.length)}/dev`, 'utf8').trim();
  const mountinfo = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
  return mountinfo.split('\n').some((line) => line.split(' ')[2] === number);
}

/**
 * Waits until the kernel has unmounted the device, which it does a moment after the last process of a mount namespace.
 * Throws HF-LAB-STUCK when `limitMs` are over.
 */
export async function untilUnmounted(device: string, clock: Clock, limitMs: number): Promise<void> {
  const deadline = clock.monotonic() + limitMs;
  while (isClaimed(device)) {
    if (clock.monotonic() > deadline) {
      throw new HoldfastError({
        code: 'HF-LAB-STUCK',
        message: `${device} is still mounted ${limitMs} ms after the machine that had mounted it lost its power.`,
        remedy: `Find who holds it with \`grep ${device} /proc/*/mountinfo\`.`,
        source: 'tool',
      });
    }
    await clock.sleep(2);
  }
}

function isClaimed(device: string): boolean {
  try {
    // A mounted block device refuses O_EXCL. Source: open(2).
    closeSync(openSync(device, constants.O_RDONLY | constants.O_EXCL));
    return false;
  } catch {
    return true;
  }
}

function backingFile(loop: string): string {
  try {
    return readFileSync(`/sys/block/${loop}/loop/backing_file`, 'utf8').trim();
  } catch {
    return '';
  }
}
