import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Clock, HoldfastError, type ProgressSink } from '../../core/index.ts';
import { hostCommand } from '../host-command.ts';
import { ensureCached } from '../image/image.ts';
import { cacheDirectory, type LabLayout, networkNames } from '../layout.ts';
import { cable, ensureTaps, macAddress } from '../network.ts';
import { killRecorded } from '../process-record.ts';
import { diskBytes, makeBlankDisk, makeOverlay } from './disks.ts';
import { openIdentityLine } from './identity.ts';
import { baseDiskName } from './image.ts';
import { type Accelerator, identitySocket, monitorSocket, type QemuMachine, qemuArguments } from './qemu.ts';
import { recordFile, startQemu } from './qemu-process.ts';
import { type Qmp, withQmp } from './qmp.ts';

/** A machine that has booted and been saved, below every machine of a lab: their first start takes seconds. */
export interface Template {
  readonly rootDisk: string;
  readonly memory: string;
}

export function templateIn(directory: string): Template {
  return { rootDisk: join(directory, 'root.qcow2'), memory: join(directory, 'memory') };
}

/**
 * Gives the folder of the template for this image, this QEMU and these devices. A first time boots it, inside the lab's network namespace
 * with no cable to anything. Throws HF-LAB-BOOT.
 */
export async function ensureTemplate(
  layout: LabLayout,
  imageDirectory: string,
  accelerator: Accelerator,
  clock: Clock,
  progress: ProgressSink,
): Promise<string> {
  const blank = machineIn('', imageDirectory, accelerator);
  const version = await hostCommand('qemu-system-x86_64', ['--version']);
  const hash = createHash('sha256')
    .update(JSON.stringify([version, qemuArguments(blank), diskBytes]))
    .digest('hex')
    .slice(0, 12);
  return ensureCached({
    directory: join(cacheDirectory, `${basename(imageDirectory)}-${accelerator}-${hash}`),
    title: `Booting a virtual machine and saving it (${accelerator === 'kvm' ? 'once' : 'emulated, once; takes about a minute'})`,
    progress,
    build: (unfinished) => bootAndSave(layout, machineIn(unfinished, imageDirectory, accelerator), clock),
  });
}

const templateName = 'template';
const bootLimitMs = 300_000;
const settleMs = 2_000;

async function bootAndSave(layout: LabLayout, machine: QemuMachine, clock: Clock): Promise<void> {
  const { directory } = machine;
  await ensureTaps(layout, templateName);
  await makeOverlay(machine.rootDisk, join(machine.imageDirectory, baseDiskName), 'raw');
  await makeBlankDisk(machine.dataDisk, 'qcow2', diskBytes.data);
  await makeBlankDisk(machine.sharedDisk, 'raw', diskBytes.shared);
  await makeBlankDisk(machine.programsDisk, 'raw', diskBytes.programs);
  try {
    await startQemu(machine, layout.baseNamespace, clock);
    await withQmp(monitorSocket(directory), async (qmp) => {
      const line = await openIdentityLine(identitySocket(directory), clock);
      await qmp.cont();
      await line.waitFor('ready', bootLimitMs);
      // What starts after the last unit: device rules, the journal's flush.
      await clock.sleep(settleMs);
      line.close();
      await qmp.stop();
      await qmp.migrate(`exec:cat >${templateIn(directory).memory}`);
      await untilSaved(qmp, clock);
      await qmp.quit();
    });
  } finally {
    await killRecorded(recordFile(directory), clock, 10_000);
  }
  await Promise.all([machine.dataDisk, machine.sharedDisk, machine.programsDisk].map((file) => rm(file)));
}

async function untilSaved(qmp: Qmp, clock: Clock): Promise<void> {
  for (;;) {
    const state = await qmp.migration();
    if (state === 'completed') {
      return;
    }
    if (state === 'failed' || state === 'cancelled') {
      throw new HoldfastError({
        code: 'HF-LAB-BOOT',
        message: `QEMU could not save the machine that it had booted: ${state}.`,
        remedy: 'Look whether the disk with /var/cache is full, then run the command again.',
        source: 'tool',
      });
    }
    await clock.sleep(50);
  }
}

function machineIn(directory: string, imageDirectory: string, accelerator: Accelerator): QemuMachine {
  return {
    name: templateName,
    accelerator,
    imageDirectory,
    rootDisk: templateIn(directory).rootDisk,
    dataDisk: join(directory, 'data.qcow2'),
    sharedDisk: join(directory, 'shared.img'),
    programsDisk: join(directory, 'programs.img'),
    networks: networkNames.map((name) => ({
      name,
      tap: cable(templateName, name),
      mac: macAddress(templateName, name),
    })),
    directory,
  };
}
