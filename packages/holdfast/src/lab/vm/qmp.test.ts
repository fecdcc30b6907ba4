import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openQmp, withQmp } from './qmp.ts';

const qemu = 'qemu-system-x86_64';
const isMissing = spawnSync(qemu, ['--version']).status !== 0;
if (isMissing) {
  console.log(`The tests of QEMU's monitor are skipped: ${qemu} is missing (apt-get install qemu-system-x86).`);
}

/** A real QEMU with a network card and nothing to run. */
describe.skipIf(isMissing)("The client of QEMU's monitor", () => {
  let directory: string;
  let socket: string;
  let child: ChildProcess;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-qmp-'));
    socket = join(directory, 'qmp.sock');
    child = spawn(
      qemu,
      [
        ...['-no-user-config', '-nodefaults', '-display', 'none', '-S', '-machine', 'q35', '-m', '32'],
        ...['-netdev', 'hubport,hubid=0,id=plant', '-device', 'virtio-net-pci,netdev=plant'],
        ...['-qmp', `unix:${socket},server=on,wait=off`],
      ],
      { stdio: 'ignore' },
    );
    await expect.poll(() => existsSync(socket), { timeout: 10_000 }).toBe(true);
  });

  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(directory, { recursive: true });
  });

  it('stops and continues the machine, and reads which it is', async () => {
    await withQmp(socket, async (qmp) => {
      expect(await qmp.status()).toBe('prelaunch');
      await qmp.cont();
      expect(await qmp.status()).toBe('running');
      await qmp.stop();
      expect(await qmp.status()).toBe('paused');
      expect(await qmp.migration()).toBeUndefined();
    });
  });

  it('pulls a cable and puts it back, also on a second connection, with events in between', async () => {
    await withQmp(socket, async (qmp) => {
      await qmp.cont();
      await qmp.reset();
      await qmp.setLink('plant', false);
    });
    await withQmp(socket, (qmp) => qmp.setLink('plant', true));
  });

  it('says what QEMU refuses', async () => {
    await expect(withQmp(socket, (qmp) => qmp.setLink('wifi', false))).rejects.toMatchObject({
      code: 'HF-LAB-COMMAND-FAILED',
      message: expect.stringContaining('wifi'),
    });
  });

  it('ends QEMU, and then says that nobody answers', async () => {
    const ended = once(child, 'exit');
    await withQmp(socket, (qmp) => qmp.quit());
    await ended;
    await expect(openQmp(socket)).rejects.toMatchObject({ code: 'HF-LAB-COMMAND-FAILED' });
  });
});
