import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { hostCommand } from '../host-command.ts';
import { type LabLayout, sharedDiskBytes } from '../layout.ts';
import { findLedger } from '../ledger.ts';

const mib = 1024 * 1024;

/** A new disk over another one that stays as it is; what was there before is gone. */
export async function makeOverlay(file: string, below: string, belowFormat: 'raw' | 'qcow2'): Promise<void> {
  await rm(file, { force: true });
  await hostCommand('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', below, '-F', belowFormat, file]);
}

/**
 * The sizes of the disks that begin empty: the one that a site replicates, the one that nodes share, and that of the programs.
 * A machine that goes on from a saved memory believes the sizes that its template had.
 */
export const diskBytes = { data: 512 * mib, shared: sharedDiskBytes, programs: 512 * mib } as const;

export async function makeBlankDisk(file: string, format: 'qcow2' | 'raw', bytes: number): Promise<void> {
  if (!existsSync(file)) {
    await hostCommand('qemu-img', ['create', '-q', '-f', format, file, `${bytes}`]);
  }
}

export function programsDiskFile(layout: LabLayout): string {
  return `${layout.directory}/programs.img`;
}

/** Makes, once, the disk with what /opt of a machine holds: Node.js and the ledger, where they are there. */
export async function ensureProgramsDisk(layout: LabLayout): Promise<void> {
  const file = programsDiskFile(layout);
  if (existsSync(file)) {
    return;
  }
  const tree = `${layout.directory}/programs`;
  await rm(tree, { recursive: true, force: true });
  await mkdir(tree, { recursive: true });
  const ledger = findLedger();
  if (!('missing' in ledger)) {
    await cp(ledger.nodeDirectory, `${tree}/node`, { recursive: true });
    await cp(ledger.ledgerDirectory, `${tree}/ledger`, { recursive: true });
  }
  await hostCommand('mke2fs', [
    '-q',
    '-t',
    'ext4',
    '-O',
    '^has_journal',
    '-d',
    tree,
    `${file}.new`,
    `${diskBytes.programs / 1024}k`,
  ]);
  await rename(`${file}.new`, file);
  await rm(tree, { recursive: true });
}
