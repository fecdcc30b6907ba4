import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { type Clock, HoldfastError } from '../core/index.ts';
import {
  groupProcesses,
  initProcess,
  isPopulated,
  killGroup,
  makeGroup,
  removeGroup,
  untilEmpty,
} from './control-group.ts';
import { attachedDevices, ensureDisk, hasMounted, untilUnmounted } from './disk.ts';
import { type LabLayout, type MachineName, namespacePath, networkNames, nodeNames } from './layout.ts';
import { findLedger } from './ledger.ts';
import { withLock } from './lock.ts';
import { overlayDirectories, prepareMachineFiles, prepareSharedDevice } from './machine-files.ts';
import { makeMachineNetwork, removeMachineNetwork, setCables } from './network.ts';
import { readLabState, readUnplugged } from './state.ts';

export function machineGroup(layout: LabLayout, machine: MachineName): string {
  return `${layout.controlGroup}/${machine}`;
}

/** Whether the machine has power: any process of it lives. */
export function isOn(layout: LabLayout, machine: MachineName): boolean {
  return isPopulated(machineGroup(layout, machine));
}

/**
 * Presses the power button of a machine that is off; harmless when it is on. Does not wait for the boot.
 * True: it was off. Throws HF-LAB-NOT-UP when there is no lab, HF-LAB-BOOT when nothing starts.
 */
export function powerOn(layout: LabLayout, machine: MachineName, clock: Clock): Promise<boolean> {
  return withPowerLock(layout, machine, async () => {
    if (isOn(layout, machine)) {
      return false;
    }
    await boot(layout, machine, clock);
    return true;
  });
}

export interface PowerCut {
  /** The wall time just before the cut, in Unix milliseconds; null: the machine was off already. */
  readonly atMs: number | null;
}

/**
 * Takes the power away: the cables go dark and every process dies at once, without a word to anybody. `onDead` is called
 * when nothing of the machine is left and the shared disk is free; the promise also waits for
 * its half of the network to go, which only its next start needs. Throws HF-LAB-STUCK.
 */
export function cutPower(
  layout: LabLayout,
  machine: MachineName,
  clock: Clock,
  onDead: () => void = () => {},
): Promise<PowerCut> {
  return withPowerLock(layout, machine, async () => {
    const atMs = await kill(layout, machine, clock);
    onDead();
    await removeMachineNetwork(layout, machine);
    return { atMs };
  });
}

/** Cuts the power and gives it back. */
export function pressReset(layout: LabLayout, machine: MachineName, clock: Clock): Promise<PowerCut> {
  return withPowerLock(layout, machine, async () => {
    const atMs = await kill(layout, machine, clock);
    await boot(layout, machine, clock);
    return { atMs };
  });
}

/** Asks the machine's systemd to power off (as the power button does) and returns at once. */
export async function askToShutDown(layout: LabLayout, machine: MachineName): Promise<void> {
  const init = await initProcess(machineGroup(layout, machine));
  if (init !== undefined) {
    // SIGRTMIN+4 starts poweroff.target. Source: systemd(1), SIGNALS.
    process.kill(init, 38);
  }
}

/** Waits for whoever is switching the machine at this moment. */
export async function untilSwitched(layout: LabLayout, machine: MachineName): Promise<void> {
  if (existsSync(layout.machineDirectory(machine))) {
    await withPowerLock(layout, machine, async () => {});
  }
}

function withPowerLock<T>(layout: LabLayout, machine: MachineName, work: () => Promise<T>): Promise<T> {
  return withLock(`${layout.machineDirectory(machine)}/power.lock`, `Something that switches ${machine}`, work);
}

async function kill(layout: LabLayout, machine: MachineName, clock: Clock): Promise<number | null> {
  const group = machineGroup(layout, machine);
  if (!isOn(layout, machine)) {
    return null;
  }
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
async function boot(layout: LabLayout, machine: MachineName, clock: Clock): Promise<void> {
  const state = await readLabState(layout);
  if (!state) {
    throw labNotUp();
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

export function labNotUp(): HoldfastError {
  return new HoldfastError({
    code: 'HF-LAB-NOT-UP',
    message: 'The lab is not up.',
    remedy: 'Run `holdfast lab up` first.',
    source: 'user',
  });
}
