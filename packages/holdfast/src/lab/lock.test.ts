import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { withLock } from './lock.ts';

const directory = await mkdtemp(join(tmpdir(), 'holdfast-lock-'));
afterAll(() => rm(directory, { recursive: true }));

describe.skipIf(process.platform !== 'linux')('A lock of the lab', () => {
  it('lets one at a time do its work', async () => {
    const file = join(directory, 'one');
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(file, 'Somebody', work)));
    expect(most).toBe(1);
  });

  it('is refused by name when its holder takes too long, and is free again after that one failed', async () => {
    const file = join(directory, 'two');
    const holder = withLock(file, 'Nobody', async () => {
      await expect(withLock(file, 'The first one', async () => 'never', 50)).rejects.toMatchObject({
        code: 'HF-LAB-BUSY',
        message: expect.stringContaining('The first one'),
      });
      throw new Error('failed');
    });
    await expect(holder).rejects.toThrow('failed');
    expect(await withLock(file, 'Nobody', async () => 'free', 1_000)).toBe('free');
  });

  it('is free as soon as its holder was killed', async () => {
    const file = join(directory, 'three');
    const lock = fileURLToPath(new URL('lock.ts', import.meta.url));
    const program = `import { withLock } from ${JSON.stringify(lock)};
      await withLock(${JSON.stringify(file)}, 'x', () => { console.log('held'); return new Promise((r) => setTimeout(r, 60000)); });`;
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module-typescript', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    expect(await withLock(file, 'The dead one', async () => 'free', 5_000)).toBe('free');
  });
});
