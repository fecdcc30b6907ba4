import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { type Clock, HoldfastError } from '../../core/index.ts';
import { namespacePath } from '../layout.ts';
import { recordedProcess, recordItself } from '../process-record.ts';
import { identitySocket, monitorSocket, type QemuMachine, qemuArguments } from './qemu.ts';

export function recordFile(directory: string): string {
  return `${directory}/qemu.pid`;
}

/**
 * Starts QEMU inside the network namespace, with the machine paused, and returns when its monitor answers. It lives on when we
 * end. Throws HF-LAB-BOOT with what QEMU said.
 */
export async function startQemu(machine: QemuMachine, namespace: string, clock: Clock): Promise<void> {
  const { directory } = machine;
  await mkdir(directory, { recursive: true });
  const sockets = [monitorSocket(directory), identitySocket(directory)];
  await Promise.all([...sockets, recordFile(directory)].map((file) => rm(file, { force: true })));
  const logFile = `${directory}/qemu.log`;
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(
    'nsenter',
    [
      `--net=${namespacePath(namespace)}`,
      ...['sh', '-c', `${recordItself(recordFile(directory))}; exec "$@"`, 'sh'],
      ...['qemu-system-x86_64', ...qemuArguments(machine)],
    ],
    { detached: true, cwd: '/', stdio: ['ignore', log, log], env: { PATH: process.env.PATH, LANG: 'C.UTF-8' } },
  );
  closeSync(log);
  child.unref();
  const ended = once(child, 'exit').then(
    () => true,
    () => true,
  );
  while (!(recordedProcess(recordFile(directory)) !== undefined && (await allListen(sockets)))) {
    if (await Promise.race([ended, clock.sleep(5).then(() => false)])) {
      const said = (await readFile(logFile, 'utf8')).trim();
      throw new HoldfastError({
        code: 'HF-LAB-BOOT',
        message: `QEMU did not start ${machine.name}: ${said}`,
        remedy: 'Mend what it says; `holdfast lab down` and `holdfast lab up` make the machine anew.',
        source: 'tool',
      });
    }
  }
}

/** The file of a socket is there a moment before anybody listens on it. */
async function allListen(sockets: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(
    sockets.map(async (path) => {
      const socket = connect(path);
      const listens = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      socket.destroy();
      return listens;
    }),
  );
  return answers.every(Boolean);
}
