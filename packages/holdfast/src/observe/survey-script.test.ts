import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { systemDiskCommand } from './survey-script.ts';

const inNamespace = (script: string) => spawnSync('unshare', ['--mount', 'sh', '-c', script], { encoding: 'utf8' });

describe.skipIf(inNamespace('mount -t tmpfs tmpfs /mnt').status !== 0)('Asking a system disk for a write', () => {
  it('finds a disk that takes one, and leaves nothing behind', () => {
    expect(ask('')).toEqual({ exitCode: 0, said: '', left: '0' });
  });

  it('finds a disk without one free block, on which an empty file could still be made', () => {
    const { exitCode, said, left } = ask(
      'head -c 65536 /dev/zero >/mnt/all 2>/dev/null; : >/mnt/empty && rm /mnt/empty',
    );
    expect({ exitCode, left }).toEqual({ exitCode: 1, left: '1' });
    expect(said).toMatch(/: No space left on device$/);
  });

  it('finds a disk that is read-only', () => {
    const { exitCode, said } = ask('mount -o remount,ro /mnt');
    expect(exitCode).toBe(1);
    expect(said).toMatch(/: Read-only file system$/);
  });
});

/** On a file system of 64 KiB of its own, after `before`. */
function ask(before: string) {
  const { stdout, stderr } = inNamespace(`export LC_ALL=C
mount -t tmpfs -o size=64k,mode=755 tmpfs /mnt
${before}
(${systemDiskCommand('/mnt')})
echo "$? $(ls -A /mnt | wc -l)"`);
  const [exitCode, left] = stdout.trim().split(' ');
  return { exitCode: Number(exitCode), said: stderr.trim(), left };
}
