import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError } from '../core/index.ts';

/**
 * Runs `work` while holding a lock on `file`; waits up to `waitMs` (default 60 000) for another holder.
 * The lock is a flock(2) held by a child that ends with us, however we end, so a killed command never leaves it behind.
 * Throws HF-LAB-BUSY, naming `holder`, when the time is over.
 */
export async function withLock<T>(file: string, holder: string, work: () => Promise<T>, waitMs = 60_000): Promise<T> {
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  const waitSeconds = (waitMs / 1000).toFixed(1);
  // Detached: Ctrl-C reaches the whole foreground group, and the lock must outlive the tidying up that follows.
  const child = spawn('flock', ['--wait', waitSeconds, file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const held = await Promise.race([once(child.stdout, 'data').then(() => true), once(child, 'exit').then(() => false)]);
  if (!held) {
    throw new HoldfastError({
      code: 'HF-LAB-BUSY',
      message: `${holder} is at work and did not end within ${waitSeconds} s (${file} is locked).`,
      remedy: 'Wait for it to end, then run the command again.',
      source: 'user',
    });
  }
  try {
    return await work();
  } finally {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  }
}
