import { describe, expect, it } from 'vitest';
import { type QemuMachine, qemuArguments } from './qemu.ts';

const machine: QemuMachine = {
  name: 'alpha',
  accelerator: 'tcg',
  imageDirectory: '/cache/image',
  rootDisk: '/lab/alpha/root.qcow2',
  dataDisk: '/lab/alpha/data.qcow2',
  sharedDisk: '/lab/shared.img',
  programsDisk: '/lab/programs.img',
  networks: [{ name: 'plant', tap: 'alpha-plant', mac: '02:00:0a:4d:01:0b' }],
  directory: '/lab/alpha',
};

describe('The command line of QEMU', () => {
  it('passes the flushes of the data disks on, and locks the shared one for nobody', () => {
    const line = qemuArguments(machine).join(' ');
    expect(line).toContain('if=none,id=data,file=/lab/alpha/data.qcow2,format=qcow2,cache=writeback');
    expect(line).toContain('id=shared,file=/lab/shared.img,format=raw,cache=writeback,file.locking=off');
    expect(line).toContain('drive=shared,serial=shared,share-rw=on');
    expect(line).toContain('file=/lab/programs.img,format=raw,readonly=on');
  });

  it('has a watchdog whose bark resets the machine, and starts paused, so that cables are pulled before anything runs', () => {
    const line = qemuArguments(machine).join(' ');
    expect(line).toContain('-device i6300esb -action watchdog=reset');
    expect(qemuArguments(machine)).toContain('-S');
  });

  it('differs between machines in names, files and addresses only, so that all go on from one saved memory', () => {
    const other = {
      ...machine,
      name: 'bravo',
      rootDisk: '/r',
      dataDisk: '/d',
      sharedDisk: '/s',
      programsDisk: '/p',
      directory: '/b',
      networks: [{ name: 'plant' as const, tap: 'bravo-plant', mac: '02:00:0a:4d:01:0c' }],
    };
    const devices = (line: readonly string[]) =>
      line.filter((_, index) => line[index - 1] === '-device').map((device) => device.replace(/mac=.*/, ''));
    expect(devices(qemuArguments(other))).toEqual(devices(qemuArguments(machine)));
    expect(qemuArguments(machine)).not.toContain('-incoming');
    expect(qemuArguments({ ...machine, restoreFrom: '/t/memory' }).slice(-2)).toEqual([
      '-incoming',
      'exec:cat /t/memory',
    ]);
  });
});
