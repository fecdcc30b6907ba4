import { existsSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { execa } from 'execa';
import { type Clock, HoldfastError, type ProgressSink, systemClock } from '../core/index.ts';
import { ensureBmc, isBmcRunning } from './bmc/bmc.ts';
import { ensureBmcCertificate } from './bmc/certificate.ts';
import { type BmcAccounts, ensureBmcAccounts } from './bmc/credentials.ts';
import { killGroup, removeGroup, untilEmpty } from './control-group.ts';
import { attachedDevices, detachDisk, ensureDisk } from './disk.ts';
import { ensureImage, removeImages, removeUnfinishedImages } from './image/image.ts';
import { imageRecipe } from './image/recipe.ts';
import { type LabLayout, labInstances, labLayout, machineAddress, machineNames, sharedDevicePath } from './layout.ts';
import { findLedger } from './ledger.ts';
import { labProcesses } from './leftovers.ts';
import { withLock } from './lock.ts';
import { type LabMachine, openMachine } from './machine.ts';
import { ensureKey, prepareMachineFiles } from './machine-files.ts';
import { ensureBaseNetwork, removeMachineNetwork, removeNamespace, removeNamespaceDirectory } from './network.ts';
import { isOn, labNotUp, untilSwitched } from './power.ts';
import { checkRequirements } from './requirements.ts';
import { bmcSecrets, writeSiteFolder } from './site-folder.ts';
import { readLabState, readUnplugged, writeLabState } from './state.ts';

/** A lab on this computer. Every method may throw HF-LAB-COMMAND-FAILED, besides what it names. */
export interface Lab {
  readonly layout: LabLayout;
  readonly machines: readonly LabMachine[];
  /** Throws HF-LAB-MACHINE-UNKNOWN. */
  machine(name: string): LabMachine;
  /**
   * Makes and starts everything that is missing, and returns when every machine answers over SSH. Harmless when all is
   * there. Throws HF-LAB-UNSUPPORTED, HF-LAB-IMAGE-BUILD, HF-LAB-BOOT.
   */
  up(progress: ProgressSink, signal?: AbortSignal): Promise<void>;
  /** Removes everything of the lab, whatever state it is in. Harmless when there is nothing. Throws HF-LAB-STUCK. */
  down(progress: ProgressSink, options?: { readonly image?: boolean }): Promise<void>;
  status(): Promise<LabStatus>;
}

export interface LabStatus {
  readonly up: boolean;
  readonly site: string;
  readonly machines: readonly {
    readonly name: string;
    readonly power: 'on' | 'off';
    readonly address: string;
    readonly unplugged: readonly string[];
  }[];
  readonly bmc: 'running' | 'stopped';
  readonly sharedDisk: { readonly pathOnNodes: string; readonly loopDevice: string | null };
  /** Why the nodes cannot run the ledger, where they cannot. */
  readonly ledgerMissing: string | null;
}

/** The lab that HOLDFAST_LAB names, or the one named here. Nothing is started or checked. Throws HF-LAB-INSTANCE. */
export function openLab(instance?: string, clock: Clock = systemClock): Lab {
  const layout = labLayout(instance);
  const machines = machineNames.map((name) => openMachine(layout, name, clock));
  const locked = <T>(work: () => Promise<T>) => withLock(layout.lockFile, 'Another `holdfast lab` command', work);
  return {
    layout,
    machines,
    machine(name) {
      const found = machines.find((machine) => machine.name === name);
      if (!found) {
        throw new HoldfastError({
          code: 'HF-LAB-MACHINE-UNKNOWN',
          message: `The lab has no machine "${name}".`,
          remedy: `Use one of ${machineNames.join(', ')}.`,
          source: 'user',
        });
      }
      return found;
    },
    up(progress, signal) {
      checkRequirements();
      return locked(() => up(layout, machines, clock, progress, signal));
    },
    down: (progress, options = {}) =>
      locked(async () => {
        await down(layout, clock, progress);
        if (options.image) {
          await refuseWhileInUse();
          await task(progress, 'lab-image', 'Removing the image', removeImages);
        }
      }),
    status: () => status(layout),
  };
}

async function up(
  layout: LabLayout,
  machines: readonly LabMachine[],
  clock: Clock,
  progress: ProgressSink,
  signal?: AbortSignal,
): Promise<void> {
  let state = await readLabState(layout);
  if (state && !existsSync(state.imageRoot)) {
    // What the machines changed means nothing without the image that they changed.
    await down(layout, clock, progress);
    state = undefined;
  }
  // A lab keeps the image that it was made from, also when a newer Holdfast has another recipe.
  const imageRoot = state?.imageRoot ?? (await ensureImage(imageRecipe(), progress, signal));
  await mkdir(layout.bmcDirectory, { recursive: true, mode: 0o700 });
  await mkdir(layout.siteDirectory, { recursive: true, mode: 0o700 });
  await chmod(layout.directory, 0o700);
  if (!state) {
    await writeLabState(layout, { version: 1, imageRoot, createdAt: new Date(clock.now()).toISOString() });
  }
  const [accounts] = await task(progress, 'lab-base', 'Laying cables, shared disk and keys', () =>
    Promise.all([
      ensureBmcAccounts(layout.bmcDirectory),
      ensureBmcCertificate(layout.bmcDirectory),
      ensureKey(`${layout.siteDirectory}/id_ed25519`, 'holdfast lab'),
      ensureDisk(layout),
      ensureBaseNetwork(layout),
    ]),
  );
  // Machines that run keep their files; those that are off get theirs before the site folder names their keys.
  await Promise.all(
    machineNames.filter((name) => !isOn(layout, name)).map((name) => prepareMachineFiles(layout, name)),
  );
  await writeSiteFolder(layout, imageRoot, accounts);
  await Promise.all([
    task(progress, 'lab-bmc', 'Starting the simulated BMC', () => ensureBmc(layout, clock)),
    ...machines.map((machine) =>
      task(progress, `lab-${machine.name}`, `Starting ${machine.name}`, async () => {
        const wasOff = await machine.start();
        await machine.untilReachable(30_000, signal);
        return wasOff ? 'started' : 'running';
      }),
    ),
  ]);
  await writeSecrets(layout, accounts);
  const ledger = findLedger();
  if ('missing' in ledger) {
    progress({ kind: 'task-started', id: 'lab-ledger', title: 'Installing the ledger' });
    progress({ kind: 'task-finished', id: 'lab-ledger', outcome: 'skipped', note: ledger.missing });
  }
}

async function writeSecrets(_layout: LabLayout, accounts: BmcAccounts): Promise<void> {
  bmcSecrets(accounts);
}

async function down(layout: LabLayout, clock: Clock, progress: ProgressSink): Promise<void> {
  await task(progress, 'lab-down', 'Taking the lab away', async () => {
    // Without the record nothing can start any more; what is starting ends before the second killing.
    await rm(layout.stateFile, { force: true });
    killGroup(layout.controlGroup);
    await Promise.all(machineNames.map((machine) => untilSwitched(layout, machine)));
    killGroup(layout.controlGroup);
    await untilEmpty(layout.controlGroup, clock, 10_000);
    await endProcesses(layout, clock);
    for (const machine of machineNames) {
      await removeMachineNetwork(layout, machine);
    }
    await removeNamespace(layout.baseNamespace);
    await removeNamespaceDirectory();
    await detachDisk(layout);
    await removeGroup(layout.controlGroup, clock);
    await rm(layout.directory, { recursive: true, force: true });
    await removeUnfinishedImages();
  });
}

/** The image is below every machine of every lab. */
async function refuseWhileInUse(): Promise<void> {
  const others = (await labInstances()).filter((instance) => existsSync(labLayout(instance).stateFile));
  if (others.length > 0) {
    throw new HoldfastError({
      code: 'HF-LAB-IMAGE-IN-USE',
      message: `The image is in use by the lab ${others.join(' and the lab ')}.`,
      remedy: `Take it away first: \`HOLDFAST_LAB=${others[0]} holdfast lab down\`.`,
      source: 'user',
    });
  }
}

/** Ends those who came into the lab's namespaces from outside: a client of a drill, a proxy of ssh. */
async function endProcesses(layout: LabLayout, clock: Clock): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const left = labProcesses(layout);
    if (left.length === 0) {
      return;
    }
    if (attempt === 500) {
      throw new HoldfastError({
        code: 'HF-LAB-STUCK',
        message: `Processes ${left.join(', ')} of the lab did not end when they were killed.`,
        remedy: 'Look at them with `ps`, then run `holdfast lab down` again.',
        source: 'tool',
      });
    }
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    await clock.sleep(10);
  }
}

async function status(layout: LabLayout): Promise<LabStatus> {
  const state = await readLabState(layout);
  const ledger = findLedger();
  return {
    up: state !== undefined && machineNames.every((name) => isOn(layout, name)) && isBmcRunning(layout),
    site: `${layout.siteDirectory}/site.yaml`,
    machines: await Promise.all(
      machineNames.map(async (name) => ({
        name,
        power: isOn(layout, name) ? ('on' as const) : ('off' as const),
        address: machineAddress(name, 'mgmt'),
        unplugged: await readUnplugged(layout, name),
      })),
    ),
    bmc: isBmcRunning(layout) ? 'running' : 'stopped',
    sharedDisk: { pathOnNodes: sharedDevicePath, loopDevice: attachedDevices(layout)[0] ?? null },
    ledgerMissing: 'missing' in ledger ? ledger.missing : null,
  };
}

/** Opens a shell on a machine in this terminal, or runs `command` there. Gives the exit code. Throws HF-LAB-NOT-UP. */
export async function labShell(lab: Lab, machine: LabMachine, command: readonly string[]): Promise<number> {
  if (!(await readLabState(lab.layout))) {
    throw labNotUp();
  }
  const result = await execa('ssh', ['-F', `${lab.layout.siteDirectory}/ssh_config`, machine.name, ...command], {
    stdio: 'inherit',
    reject: false,
  });
  return result.exitCode ?? 1;
}

async function task<T>(progress: ProgressSink, id: string, title: string, work: () => Promise<T>): Promise<T> {
  progress({ kind: 'task-started', id, title });
  try {
    const value = await work();
    progress({ kind: 'task-finished', id, outcome: value === 'running' ? 'unchanged' : 'done' });
    return value;
  } catch (error) {
    progress({ kind: 'task-failed', id, message: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
