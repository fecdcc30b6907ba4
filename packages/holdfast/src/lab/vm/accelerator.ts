import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Clock, ProgressSink } from '../../core/index.ts';
import { writeWhole } from '../state.ts';
import { kernelRunsMark } from './initrd.ts';
import { type Accelerator, acceleration } from './qemu.ts';

export interface AcceleratorVerdict {
  readonly accelerator: Accelerator;
  /** Why, in words. */
  readonly because: string;
}

/** A kernel that runs on hardware prints its first line within a second. */
const probeLimitMs = 10_000;

const verdictSchema = z.object({
  bootId: z.string(),
  accelerator: z.enum(['kvm', 'tcg']),
  because: z.string(),
});

/**
 * Whether this computer's hardware virtualisation really boots the kernel of the image. That /dev/kvm opens proves nothing: there are
 * hosts where it does and a kernel hangs in its first instructions. The verdict is kept beside the image until this computer
 * is started again.
 */
export async function chooseAccelerator(
  imageDirectory: string,
  clock: Clock,
  progress: ProgressSink,
): Promise<AcceleratorVerdict> {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const file = join(imageDirectory, 'accelerator.json');
  const known = verdictSchema.safeParse(parseJson(await readFile(file, 'utf8').catch(() => '')));
  if (known.success && known.data.bootId === bootId) {
    return known.data;
  }
  const openable = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!openable) {
    return { accelerator: 'tcg', because: '/dev/kvm is not there, or not for this user' };
  }
  progress({ kind: 'task-started', id: 'lab-kvm', title: 'Trying whether hardware virtualisation boots a kernel' });
  const verdict: AcceleratorVerdict = (await kernelRuns(imageDirectory, 'kvm', clock, probeLimitMs))
    ? { accelerator: 'kvm', because: 'a kernel booted on it' }
    : { accelerator: 'tcg', because: `/dev/kvm opens, but no kernel came up on it within ${probeLimitMs / 1000} s` };
  progress({
    kind: 'task-finished',
    id: 'lab-kvm',
    outcome: 'done',
    note: verdict.accelerator === 'kvm' ? 'it does' : `no: ${verdict.because}; machines are emulated`,
  });
  await writeWhole(file, JSON.stringify({ bootId, ...verdict }));
  return verdict;
}

/** Boots the kernel with the initrd alone, and ends it as soon as it has printed its mark. */
export async function kernelRuns(
  imageDirectory: string,
  accelerator: Accelerator,
  clock: Clock,
  limitMs: number,
): Promise<boolean> {
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-no-user-config', '-nodefaults', '-display', 'none', '-no-reboot', '-machine', 'q35', '-m', '256'],
      ...[...acceleration(accelerator), '-serial', 'stdio'],
      ...['-kernel', join(imageDirectory, 'vmlinuz'), '-initrd', join(imageDirectory, 'initrd')],
      ...['-append', 'console=ttyS0 quiet holdfast.probe'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const ended = once(child, 'close').catch(() => undefined);
  const limit = new AbortController();
  const overdue = clock.sleep(limitMs, limit.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([printsMark(child.stdout), overdue]);
  } finally {
    limit.abort();
    child.kill('SIGKILL');
    await ended;
  }
}

async function printsMark(output: NodeJS.ReadableStream): Promise<boolean> {
  for await (const line of createInterface({ input: output })) {
    if (line.includes(kernelRunsMark)) {
      return true;
    }
  }
  return false;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
