import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hostCommand } from './host-command.ts';
import {
  type LabLayout,
  type MachineName,
  machineAddress,
  machineNames,
  nodeNames,
  sharedDevicePath,
} from './layout.ts';
import { findLedger } from './ledger.ts';

/** The directories of a machine's overlay: `upper` holds everything that differs from the image. */
export function overlayDirectories(layout: LabLayout, machine: MachineName) {
  const directory = layout.machineDirectory(machine);
  return { upper: `${directory}/upper`, work: `${directory}/work`, root: `${directory}/root` };
}

/**
 * Writes what makes a machine itself, into the upper layer of its overlay: name, identity, SSH keys, neighbours.
 * What is there already stays, so a machine keeps its identity. The machine must be off.
 */
export async function prepareMachineFiles(layout: LabLayout, machine: MachineName): Promise<void> {
  const { upper, work, root } = overlayDirectories(layout, machine);
  await Promise.all([upper, work, root].map((directory) => mkdir(directory, { recursive: true, mode: 0o755 })));
  await chmod(upper, 0o755);
  await placeFile(upper, 'etc/hostname', `${machine}\n`);
  await placeFile(upper, 'etc/hosts', hostsFile());
  if (!existsSync(join(upper, 'etc/machine-id'))) {
    // Fixed, so that the journals of all its lives lie in one directory.
    await placeFile(upper, 'etc/machine-id', `${randomBytes(16).toString('hex')}\n`);
  }
  await mkdir(join(upper, 'var/log/journal'), { recursive: true, mode: 0o755 });
  const hostKey = join(upper, 'etc/ssh/ssh_host_ed25519_key');
  await ensureKey(hostKey, machine);
  const userKey = await readFile(join(layout.siteDirectory, 'id_ed25519.pub'), 'utf8');
  await placeFile(upper, 'etc/ssh/authorized_keys/root', userKey);
  const ledger = findLedger();
  if (nodeNames.some((node) => node === machine) && !('missing' in ledger)) {
    await placeFile(upper, 'etc/systemd/system/ledger.service', await readFile(ledger.unitFile, 'utf8'));
  }
}

/**
 * Has the machine make its own device node of the shared disk at each boot. Were `device` bound into the machine instead, the
 * node would be a mount of its own, and ocf:heartbeat:Filesystem takes it away with the file system when it stops
 * (resource-agents, heartbeat/Filesystem, `list_bindmounts`). The machine must be off.
 */
export async function prepareSharedDevice(layout: LabLayout, machine: MachineName, device: string): Promise<void> {
  const numbers = await readFile(`/sys/class/block/${basename(device)}/dev`, 'utf8');
  const line = `b+ ${sharedDevicePath} 0660 root disk - ${numbers.trim()}\n`;
  await placeFile(overlayDirectories(layout, machine).upper, 'etc/tmpfiles.d/holdfast-shared.conf', line);
}

/** The public host key of a machine, as known_hosts takes it. */
export async function hostPublicKey(layout: LabLayout, machine: MachineName): Promise<string> {
  const file = join(overlayDirectories(layout, machine).upper, 'etc/ssh/ssh_host_ed25519_key.pub');
  return (await readFile(file, 'utf8')).trim();
}

/** Makes an Ed25519 key pair without a passphrase where there is none. */
export async function ensureKey(file: string, comment: string): Promise<void> {
  if (existsSync(`${file}.pub`)) {
    return;
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  // ssh-keygen asks before it overwrites, and writes the public half last.
  await rm(file, { force: true });
  await hostCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
}

/** Writes a file below the folder of what makes a machine itself. */
export async function placeFile(upper: string, path: string, content: string): Promise<void> {
  const file = join(upper, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  await writeFile(file, content, { mode: 0o644 });
}

function hostsFile(): string {
  const lines = machineNames.map((machine) => `${machineAddress(machine, 'plant')} ${machine}`);
  return `127.0.0.1 localhost\n${lines.join('\n')}\n`;
}
