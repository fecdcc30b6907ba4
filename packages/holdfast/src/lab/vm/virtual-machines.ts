import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { type Clock, HoldfastError } from '../../core/index.ts';
import { ensureDiskFile } from '../disk.ts';
import { journalOptions } from '../journal-options.ts';
import {
  dataDevice,
  dataDisk,
  type LabLayout,
  type MachineName,
  machineAddress,
  networkNames,
  nodeNames,
  prefixLength,
} from '../layout.ts';
import { overlayDirectories, placeFile, prepareMachineFiles } from '../machine-files.ts';
import type { MachineKind } from '../machine-kind.ts';
import { cable, ensureTaps, macAddress, tapNames } from '../network.ts';
import { killRecorded, recordedProcess } from '../process-record.ts';
import { type LabState, otherState, readUnplugged, type VmLabState } from '../state.ts';
import { diskBytes, ensureProgramsDisk, makeBlankDisk, makeOverlay, programsDiskFile } from './disks.ts';
import { giveIdentity, openIdentityLine } from './identity.ts';
import { identitySocket, monitorSocket, type QemuMachine } from './qemu.ts';
import { recordFile, startQemu } from './qemu-process.ts';
import { type Qmp, withQmp } from './qmp.ts';
import { templateIn } from './template.ts';

/** Machines that are computers of their own in QEMU: a kernel, disks and a memory that a power cut empties. */
export const virtualMachines: MachineKind = {
  isOn: (layout, machine) => recordedProcess(recordFile(vmDirectory(layout, machine))) !== undefined,
  async prepareLab(layout) {
    await ensureDiskFile(layout);
    await ensureProgramsDisk(layout);
  },
  boot,
  async kill(layout, machine, clock) {
    const atMs = clock.now();
    await killRecorded(recordFile(vmDirectory(layout, machine)), clock, 10_000);
    return atMs;
  },
  async reset(layout, machine, _state, clock) {
    const atMs = clock.now();
    await monitor(layout, machine, (qmp) => qmp.reset());
    return atMs;
  },
  async tidyAfterDeath() {},
  askToShutDown: (layout, machine) => monitor(layout, machine, (qmp) => qmp.pressPowerButton()),
  moveCables: (layout, machine, networks, state) =>
    monitor(layout, machine, async (qmp) => {
      for (const network of networks) {
        await qmp.setLink(network, state === 'up');
      }
    }),
  hasCables: async (layout, machine) => {
    const present = await tapNames(layout);
    return networkNames.every((network) => present.includes(cable(machine, network)));
  },
  /** From the machine itself: nothing on this computer reads the disk of one that is off. */
  async readJournal(layout, machine, lines) {
    const config = `${layout.siteDirectory}/ssh_config`;
    const command = ['-F', config, '-o', 'BatchMode=yes', machine, 'journalctl', ...journalOptions(lines)];
    const { stdout, stderr } = await execa('ssh', command, { reject: false, stdin: 'ignore', timeout: 60_000 });
    return stdout || String(stderr);
  },
};

/** What QEMU has of a machine: its disks, its sockets and its logs. */
export function vmDirectory(layout: LabLayout, machine: MachineName): string {
  return layout.machineDirectory(machine);
}

/**
 * The first start goes on from the saved memory of the template and is told who it is; every later one boots from the machine's
 * own disk, as after a real loss of power.
 */
async function boot(layout: LabLayout, machine: MachineName, state: LabState, clock: Clock): Promise<void> {
  if (state.machines !== 'vm') {
    throw otherState(layout, 'vm');
  }
  const directory = vmDirectory(layout, machine);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await prepareVmFiles(layout, machine);
  await ensureTaps(layout, machine);
  // Written when everything that makes the machine itself is on its disk.
  const establishedFile = `${directory}/established`;
  const established = existsSync(establishedFile);
  const qemu = qemuMachine(layout, machine, state, established);
  await makeBlankDisk(qemu.dataDisk, 'qcow2', diskBytes.data);
  await makeBlankDisk(qemu.sharedDisk, 'raw', diskBytes.shared);
  if (!established) {
    await makeOverlay(qemu.rootDisk, templateIn(state.templateDirectory).rootDisk, 'qcow2');
  }
  await startQemu(qemu, layout.baseNamespace, clock);
  try {
    await withQmp(monitorSocket(directory), async (qmp) => {
      await untilLoaded(qmp, machine, clock);
      for (const network of await readUnplugged(layout, machine)) {
        await qmp.setLink(network, false);
      }
      await qmp.cont();
    });
    if (!established) {
      const line = await openIdentityLine(identitySocket(directory), clock);
      await giveIdentity(line, machine, overlayDirectories(layout, machine).upper, clock);
      line.close();
      await writeFile(establishedFile, '');
    }
  } catch (error) {
    await killRecorded(recordFile(directory), clock, 10_000);
    throw error;
  }
}

function qemuMachine(layout: LabLayout, machine: MachineName, state: VmLabState, established: boolean): QemuMachine {
  const directory = vmDirectory(layout, machine);
  return {
    name: machine,
    accelerator: state.accelerator,
    imageDirectory: state.imageDirectory,
    rootDisk: `${directory}/root.qcow2`,
    dataDisk: `${directory}/data.qcow2`,
    // All machines have the same devices, so the witness has a disk in this place too, which nobody shares.
    sharedDisk: nodeNames.some((node) => node === machine) ? layout.diskFile : `${directory}/unshared.img`,
    programsDisk: programsDiskFile(layout),
    networks: networkNames.map((name) => ({ name, tap: cable(machine, name), mac: macAddress(machine, name) })),
    directory,
    ...(established ? {} : { restoreFrom: templateIn(state.templateDirectory).memory }),
  };
}

/** Beside what every machine is told: its cards, addresses and the disk for its state, which it sets up itself at each start. */
async function prepareVmFiles(layout: LabLayout, machine: MachineName): Promise<void> {
  await prepareMachineFiles(layout, machine);
  const lines = networkNames.map((network) => {
    const address = `${machineAddress(machine, network)}/${prefixLength}`;
    return `ip link set ${network} down address ${macAddress(machine, network)}
ip address replace ${address} dev ${network}
ip link set ${network} up`;
  });
  const { upper } = overlayDirectories(layout, machine);
  // Blank where the ledger is missing.
  const programs = 'mountpoint --quiet /opt || mount -o ro /dev/vdd /opt || true';
  // The first program of a boot: nobody answers for udev yet.
  const state = `dmsetup info ${dataDevice.name} >/dev/null 2>&1 ||
  dmsetup create ${dataDevice.name} --noudevsync --table "0 $(blockdev --getsz ${dataDisk}) linear ${dataDisk} 0"`;
  const start = ['ip link set lo up', ...lines, programs, state];
  await placeFile(upper, 'etc/holdfast-lab/start', `${start.join('\n')}\n`);
  await chmod(`${upper}/etc/ssh/ssh_host_ed25519_key`, 0o600);
}

/** A machine with a saved memory is `inmigrate` until it has it all, and then paused. */
async function untilLoaded(qmp: Qmp, machine: MachineName, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + loadLimitMs;
  while ((await qmp.status()) === 'inmigrate') {
    if (clock.monotonic() > deadline) {
      throw new HoldfastError({
        code: 'HF-LAB-BOOT',
        message: `QEMU did not load the saved memory of ${machine} within ${loadLimitMs / 1000} s.`,
        remedy: 'Run `holdfast lab down --image` and `holdfast lab up`, which boot and save a machine anew.',
        source: 'tool',
      });
    }
    await clock.sleep(20);
  }
}

const loadLimitMs = 60_000;

function monitor(layout: LabLayout, machine: MachineName, work: (qmp: Qmp) => Promise<void>): Promise<void> {
  return withQmp(monitorSocket(vmDirectory(layout, machine)), work);
}
