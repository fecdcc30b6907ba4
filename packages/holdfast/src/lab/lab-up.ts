import { chmod, mkdir } from 'node:fs/promises';
import { type Clock, type ErrorCode, HoldfastError, type ProgressSink } from '../core/index.ts';
import { ensureBmc } from './bmc/bmc.ts';
import { ensureBmcCertificate } from './bmc/certificate.ts';
import { ensureBmcAccounts } from './bmc/credentials.ts';
import type { Release } from './image/recipe.ts';
import { takeDown } from './lab-down.ts';
import { type LabLayout, machineNames } from './layout.ts';
import { findLedger } from './ledger.ts';
import type { LabMachine } from './machine.ts';
import { ensureKey, prepareMachineFiles } from './machine-files.ts';
import { hasImages, type LabUpOptions, makeLab } from './make-lab.ts';
import { ensureBaseNetwork } from './network.ts';
import { isOn, kindOf } from './power.ts';
import { writeSiteFolder } from './site-folder.ts';
import { type BmcKind, type LabState, type MachineKindName, readLabState } from './state.ts';
import { task } from './task.ts';

/**
 * Makes and starts what is missing. The caller holds the lab's lock.
 * Throws HF-LAB-IMAGE-BUILD, HF-LAB-BOOT, HF-LAB-STATE, HF-LAB-RELEASE, HF-LAB-MACHINES, HF-LAB-BMC.
 */
export async function bringUp(
  layout: LabLayout,
  machines: readonly LabMachine[],
  clock: Clock,
  progress: ProgressSink,
  options: LabUpOptions,
): Promise<void> {
  const { release, machines: wanted, bmc, signal } = options;
  let state = await readLabState(layout);
  if (state && !hasImages(state)) {
    // What the machines changed means nothing without the image that they changed.
    await takeDown(layout, clock, progress);
    state = undefined;
  }
  if (state && release !== undefined && release !== state.release) throw otherRelease(state.release, release);
  if (state && wanted !== undefined && wanted !== state.machines) throw otherMachines(state.machines, wanted);
  if (state && bmc !== undefined && bmc !== state.bmc) throw otherBmc(state.bmc, bmc);
  await mkdir(layout.bmcDirectory, { recursive: true, mode: 0o700 });
  await mkdir(layout.siteDirectory, { recursive: true, mode: 0o700 });
  await chmod(layout.directory, 0o700);
  // A lab keeps the image that it was made from, also when a newer Holdfast has another recipe.
  state ??= await makeLab(layout, options, clock, progress);
  const kind = kindOf(state);
  const fencedBy = state.bmc;
  const [accounts] = await task(progress, 'lab-base', 'Laying cables, shared disk and keys', () =>
    Promise.all([
      ensureBmcAccounts(layout.bmcDirectory),
      ensureBmcCertificate(layout.bmcDirectory),
      ensureKey(`${layout.siteDirectory}/id_ed25519`, 'holdfast lab'),
      kind.prepareLab(layout),
      ensureBaseNetwork(layout),
    ]),
  );
  // Machines that run keep their files; those that are off get theirs before the site folder names their keys.
  await Promise.all(
    machineNames.filter((name) => !isOn(layout, name)).map((name) => prepareMachineFiles(layout, name)),
  );
  await writeSiteFolder(layout, state, accounts);
  await Promise.all([
    task(progress, 'lab-bmc', 'Starting the simulated BMC', () => ensureBmc(layout, fencedBy, accounts, clock)),
    ...machines.map((machine) =>
      task(progress, `lab-${machine.name}`, `Starting ${machine.name}`, async () => {
        if (machine.isOn() && !(await kind.hasCables(layout, machine.name))) {
          await machine.cutPower();
        }
        const wasOff = await machine.start();
        if (!(await machine.unplugged()).includes('mgmt')) {
          await machine.untilReachable(reachableLimitMs(state), signal);
        }
        return wasOff ? 'started' : 'running';
      }),
    ),
  ]);
  const ledger = findLedger();
  if ('missing' in ledger) {
    progress({ kind: 'task-started', id: 'lab-ledger', title: 'Installing the ledger' });
    progress({ kind: 'task-finished', id: 'lab-ledger', outcome: 'skipped', note: ledger.missing });
  }
}

/** A machine that is off boots; emulated, three of them at once take their time. */
function reachableLimitMs(state: LabState): number {
  return state.machines === 'vm' && state.accelerator === 'tcg' ? 300_000 : 30_000;
}

function otherMachines(has: MachineKindName, wanted: MachineKindName): HoldfastError {
  const words = { containers: 'containers', vm: 'virtual machines' } as const;
  return otherLab('HF-LAB-MACHINES', `has ${words[has]}, not ${words[wanted]}`);
}

function otherRelease(has: Release, wanted: Release): HoldfastError {
  return otherLab('HF-LAB-RELEASE', `was made with ${has}, not ${wanted}`);
}

function otherBmc(has: BmcKind, wanted: BmcKind): HoldfastError {
  return otherLab('HF-LAB-BMC', `fences by ${bmcWords[has]}, not by ${bmcWords[wanted]}`);
}

const bmcWords = { redfish: 'Redfish', ipmi: 'IPMI' } as const;

function otherLab(code: ErrorCode, difference: string): HoldfastError {
  return new HoldfastError({
    code,
    message: `The lab that is up ${difference}.`,
    remedy:
      'Run `holdfast lab down` first, or give the other one a name of its own: `HOLDFAST_LAB=other holdfast lab up`.',
    source: 'user',
  });
}
