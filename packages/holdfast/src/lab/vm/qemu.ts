import type { NetworkName } from '../layout.ts';

export type Accelerator = 'kvm' | 'tcg';

/** Everything that differs between one machine and another, or one start and the next. */
export interface QemuMachine {
  readonly name: string;
  readonly accelerator: Accelerator;
  /** The folder with vmlinuz and initrd. */
  readonly imageDirectory: string;
  readonly rootDisk: string;
  readonly dataDisk: string;
  readonly sharedDisk: string;
  /** An ext4 image with the programs of the workload, read only. */
  readonly programsDisk: string;
  readonly networks: readonly { readonly name: NetworkName; readonly tap: string; readonly mac: string }[];
  /** Where QEMU makes its sockets and the console's log. */
  readonly directory: string;
  /** A machine's saved memory to go on from; absent: it boots from its disk. */
  readonly restoreFrom?: string;
}

export const memoryMib = 640;

export function monitorSocket(directory: string): string {
  return `${directory}/qmp.sock`;
}

export function identitySocket(directory: string): string {
  return `${directory}/identity.sock`;
}

/**
 * The command line of QEMU; the machine starts paused. A saved memory fits only the same devices in the same order, so nothing
 * in here may depend on the machine's part in the site. Source: qemu(1); what is written here was tried with QEMU 7.2.
 *
 * Disks: a killed QEMU loses the guest's page cache and its own copy of the tables of a qcow2 file, and keeps what went on to
 * this computer's page cache. The root disk needs no more; the data and the shared disk pass each flush of the guest on
 * (`writeback`). Both nodes open the shared one, so it is raw and nobody locks it.
 */
export function qemuArguments(machine: QemuMachine): readonly string[] {
  const { directory } = machine;
  const disk = (id: string, drive: string, device = '') => [
    ...['-drive', `if=none,id=${id},${drive}`],
    ...['-device', `virtio-blk-pci,drive=${id},serial=${id}${device}`],
  ];
  return [
    ...['-name', `holdfast-${machine.name}`],
    ...['-no-user-config', '-nodefaults', '-display', 'none', '-S'],
    ...[
      '-machine',
      'q35,sata=off,i8042=off,smbus=off',
      ...acceleration(machine.accelerator),
      '-smp',
      '1',
      '-m',
      `${memoryMib}`,
    ],
    ...['-kernel', `${machine.imageDirectory}/vmlinuz`, '-initrd', `${machine.imageDirectory}/initrd`],
    ...['-append', kernelCommandLine],
    ...disk('root', `file=${machine.rootDisk},format=qcow2,cache=unsafe,discard=unmap`),
    ...disk('data', `file=${machine.dataDisk},format=qcow2,cache=writeback,discard=unmap`),
    ...disk('shared', `file=${machine.sharedDisk},format=raw,cache=writeback,file.locking=off`, ',share-rw=on'),
    ...disk('programs', `file=${machine.programsDisk},format=raw,readonly=on`),
    ...machine.networks.flatMap(({ name, tap, mac }) => [
      ...['-netdev', `tap,id=${name},ifname=${tap},script=no,downscript=no`],
      ...['-device', `virtio-net-pci,netdev=${name},mac=${mac}`],
    ]),
    // Every machine goes on from the same saved memory: a new generation id has its kernel draw new random numbers.
    ...['-device', 'virtio-rng-pci', '-device', 'vmgenid,guid=auto'],
    ...['-device', 'i6300esb', '-action', 'watchdog=reset'],
    ...['-chardev', `file,id=console,path=${directory}/console.log,append=on`, '-serial', 'chardev:console'],
    ...['-chardev', `socket,id=identity,path=${identitySocket(directory)},server=on,wait=off`],
    ...['-serial', 'chardev:identity'],
    ...['-qmp', `unix:${monitorSocket(directory)},server=on,wait=off`],
    ...(machine.restoreFrom === undefined ? [] : ['-incoming', `exec:cat ${machine.restoreFrom}`]),
  ];
}

/** `Nehalem` is the least that Node.js runs on, so the least to emulate. `tb-size`: MiB for translated code, 1024 by default. */
export function acceleration(accelerator: Accelerator): readonly string[] {
  return accelerator === 'kvm'
    ? ['-accel', 'kvm', '-cpu', 'host,migratable=on']
    : ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'Nehalem'];
}

/**
 * The names of the cards come from the initrd; the mitigations guard against nobody here, and cost time. QEMU 7.2 translates code
 * by its virtual address: with libraries at another address in every process, each process translates them anew, and starting one
 * takes 26 ms instead of 4. The TSC is told to be reliable because a kernel that goes on from a saved memory believes that it
 * jumped and would read the HPET, a device, each time that anybody asks for the time.
 */
const kernelCommandLine = 'console=ttyS0 quiet net.ifnames=0 mitigations=off norandmaps nokaslr tsc=reliable';
