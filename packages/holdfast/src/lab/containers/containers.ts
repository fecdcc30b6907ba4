import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { execa } from 'execa';
import { type Clock, HoldfastError } from '../../core/index.ts';
import {
  groupProcesses,
  initProcess,
  isPopulated,
  killGroup,
  makeGroup,
  removeGroup,
  untilEmpty,
} from '../control-group.ts';
import { attachedDevices, ensureDisk, hasMounted, untilUnmounted } from '../disk.ts';
import { journalOptions } from '../journal-options.ts';
import { type LabLayout, type MachineName, namespacePath, networkNames, nodeNames } from '../layout.ts';
import { findLedger } from '../ledger.ts';
import { overlayDirectories, prepareMachineFiles, prepareSharedDevice } from '../machine-files.ts';
import type { MachineKind } from '../machine-kind.ts';
import { hasCables, makeMachineNetwork, removeMachineNetwork, setCables } from '../network.ts';
import { type LabState, otherState, readUnplugged } from '../state.ts';

/** Machines that are systemd-nspawn containers: each a control group, a network namespace and an overlay over the image. */
export const containers: MachineKind = {
  isOn: (layout, machine) => isPopulated(machineGroup(layout, machine)),
  async prepareLab(layout) {
    await ensureDisk(layout);
  },
  boot,
  kill,
  async reset(layout, machine, state, clock) {
    const atMs = await kill(layout, machine, clock);
    await boot(layout, machine, state, clock);
    return atMs;
  },
  tidyAfterDeath: removeMachineNetwork,
  async askToShutDown(layout, machine) {
    const init = await initProcess(machineGroup(layout, machine));
    if (init !== undefined) {
      // SIGRTMIN+4 starts poweroff.target. Source: systemd(1), SIGNALS.
      process.kill(init, 38);
    }
  },
  moveCables: setCables,
  hasCables,
  /** Read from its disk, so that it answers for machines that are off too. */
  async readJournal(layout, machine, lines) {
    const directory = `${overlayDirectories(layout, machine).upper}/var/log/journal`;
    const options = [`--directory=${directory}`, ...journalOptions(lines)];
    const { stdout, stderr } = await execa('journalctl', options, { reject: false, stdin: 'ignore' });
    return stdout || stderr;
  },
};

function machineGroup(layout: LabLayout, machine: MachineName): string {
  return `${layout.controlGroup}/${machine}`;
}

/** The cables go dark first, and then one write kills every process. Returns when the shared disk is free. */
async function kill(layout: LabLayout, machine: MachineName, clock: Clock): Promise<number> {
  const group = machineGroup(layout, machine);
  const init = await initProcess(group);
  const mounted: string[] = [];
  for (const device of attachedDevices(layout)) {
    if (init !== undefined && (await hasMounted(init, device))) {
      mounted.push(device);
    }
  }
  const atMs = clock.now();
  // The cables first: a dying process's sockets would tell its clients good-bye, which a real power cut does not.
  // A machine in the first moment of its start may have none yet.
  await setCables(layout, machine, networkNames, 'down').catch(() => undefined);
  killGroup(group);
  await untilEmpty(group, clock, 10_000);
  await Promise.all(mounted.map((device) => untilUnmounted(device, clock, 10_000)));
  return atMs;
}

/**
 * The machine is a systemd-nspawn container in a mount namespace of its own, so that its overlay and everything else
 * disappears with its last process. It starts from inside the machine's network namespace, because nspawn mounts /sys
 * before it enters the one it is told, and /sys/class/net would show the interfaces of where it came from.
 */
async function boot(layout: LabLayout, machine: MachineName, state: LabState, clock: Clock): Promise<void> {
  if (state.machines !== 'containers') {
    throw otherState(layout, 'containers');
  }
  const group = machineGroup(layout, machine);
  await removeGroup(group, clock);
  const procsFiles = await makeGroup(group);
  await prepareMachineFiles(layout, machine);
  if (isNode(machine)) {
    await prepareSharedDevice(layout, machine, await ensureDisk(layout));
  }
  await makeMachineNetwork(layout, machine, await readUnplugged(layout, machine));
  const { upper, work, root } = overlayDirectories(layout, machine);
  const script = `set -eu
for file in ${procsFiles.join(' ')}; do echo $$ >"$file"; done
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=755 tmpfs /run/systemd/nspawn
mount -t overlay overlay -o lowerdir=${state.imageRoot},upperdir=${upper},workdir=${work} ${root}
exec "$@"`;
  const nspawn = [
    'systemd-nspawn',
    '--quiet',
    `--directory=${root}`,
    '--boot',
    '--register=no',
    '--keep-unit',
    `--machine=${machine}`,
    `--hostname=${machine}`,
    `--network-namespace-path=${namespacePath(layout.machineNamespace(machine))}`,
    '--capability=all',
    '--link-journal=no',
    '--resolv-conf=off',
    '--timezone=off',
    ...binds(machine),
  ];
  const log = openSync(`${layout.machineDirectory(machine)}/console.log`, 'a', 0o600);
  const child = spawn(
    'nsenter',
    [
      `--net=${namespacePath(layout.machineNamespace(machine))}`,
      'unshare',
      '--mount',
      '--propagation=slave',
      ...['sh', '-c', script, 'sh', ...nspawn],
    ],
    {
      detached: true,
      stdio: ['ignore', log, log],
      // With /proc/sys/net writable, as on a machine of its own.
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' },
    },
  );
  closeSync(log);
  child.unref();
  const ended = once(child, 'exit').then(
    () => true,
    () => true,
  );
  while (groupProcesses(group).length === 0) {
    if (await Promise.race([ended, clock.sleep(2).then(() => false)])) {
      throw new HoldfastError({
        code: 'HF-LAB-BOOT',
        message: `${machine} did not start; its console is in ${layout.machineDirectory(machine)}/console.log.`,
        remedy: 'Read the end of that file; `holdfast lab down` and `holdfast lab up` make the machine anew.',
        source: 'tool',
      });
    }
  }
}

function isNode(machine: MachineName): boolean {
  return nodeNames.some((node) => node === machine);
}

function binds(machine: MachineName): readonly string[] {
  if (!isNode(machine)) {
    return [];
  }
  const ledger = findLedger();
  return 'missing' in ledger
    ? []
    : [`--bind-ro=${ledger.nodeDirectory}:/opt/node`, `--bind-ro=${ledger.ledgerDirectory}:/opt/ledger`];
}
