import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../core/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';
import { lockSite } from './lock.ts';
import { runScript } from './steps/run-script.ts';

const directory = await mkdtemp(join(tmpdir(), 'holdfast-site-lock-'));
afterAll(() => rm(directory, { recursive: true }));

/** A machine that runs the real scripts with this computer's sh, its /run in a directory of its own. */
const alpha: Host = {
  name: 'alpha',
  async run(script) {
    return new Promise((resolve) => {
      const child = execFile('sh', ['-c', here(script)], (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
      child.stdin?.end();
    });
  },
  async *lines(script, { stdin } = {}) {
    const child = spawn('sh', ['-c', here(script)], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => {});
    if (stdin === undefined || typeof stdin === 'string' || stdin instanceof Uint8Array)
      throw new Error('no heartbeat');
    void (async () => {
      for await (const beat of stdin) child.stdin.write(beat);
      child.stdin.end();
    })();
    yield* createInterface({ input: child.stdout });
    if (child.exitCode === null) await once(child, 'exit');
  },
  close: async () => {},
};

const hosts: Hosts = {
  all: [alpha],
  get: () => alpha,
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

function here(script: string): string {
  return script.replaceAll('/run/holdfast', `${directory}/holdfast`);
}

const lockAs = (operator: string) => lockSite(hosts, operator, systemClock);

describe('The lock of a site', () => {
  it('is for one operator at a time, and tells the other who has it since when', async () => {
    const lock = await lockAs('erika on laptop');
    await expect(lockAs('otto')).rejects.toMatchObject({
      code: 'HF-APPLY-LOCKED',
      message: expect.stringMatching(/erika on laptop, since \d{4}-[-\d: A-Z]+; lock on alpha/),
    });
    await lock.release();
    await (await lockAs('otto')).release();
  });

  it('is not given again while a step of the apply that lost it still runs, and tells which', async () => {
    const lock = await lockAs('erika');
    const begun = join(directory, 'begun');
    const end = join(directory, 'end');
    const step = runScript(
      lock.hosts.get('alpha'),
      'make a file system on /dev/x',
      `touch ${begun}; until [ -e ${end} ]; do sleep 0.05; done`,
    );
    await expect.poll(() => exists(begun)).toBe(true);
    await lock.release();
    await expect(lockAs('otto')).rejects.toMatchObject({
      code: 'HF-APPLY-STILL-RUNNING',
      message: expect.stringMatching(/On alpha .*make a file system on \/dev\/x, since \d{4}-/),
    });
    await writeFile(end, '');
    await step;
    await (await lockAs('otto')).release();
  });

  it('is looked at by a script that arrives late: it does nothing under the lock of another, nor under none', async () => {
    const late = (
      await lockAs('erika').then(async (lock) => {
        await lock.release();
        return lock;
      })
    ).hosts.get('alpha');
    const written = join(directory, 'written');
    const write = () => runScript(late, 'write', `touch ${written}`);
    const refused = { code: 'HF-APPLY-STEP', message: expect.stringContaining('no longer held by this apply') };
    await expect(write()).rejects.toMatchObject(refused);
    const theirs = await lockAs('otto');
    await expect(write()).rejects.toMatchObject(refused);
    expect(await exists(written)).toBe(false);
    await runScript(theirs.hosts.get('alpha'), 'write', `touch ${written}`);
    expect(await exists(written)).toBe(true);
    await theirs.release();
    expect(await readFile(join(directory, 'holdfast.lock'), 'utf8')).toBe('');
  });
});

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
