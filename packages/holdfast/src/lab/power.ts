import { existsSync } from 'node:fs';
import { type Clock, HoldfastError } from '../core/index.ts';
import { containers } from './containers/containers.ts';
import type { LabLayout, MachineName, NetworkName } from './layout.ts';
import { withLock } from './lock.ts';
import type { MachineKind } from './machine-kind.ts';
import { type LabState, readLabState } from './state.ts';
import { virtualMachines } from './vm/virtual-machines.ts';

/** Whether the machine has power: anything of it runs. */
export function isOn(layout: LabLayout, machine: MachineName): boolean {
  return runningKind(layout, machine) !== undefined;
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
    await bootMachine(layout, machine, clock);
    return true;
  });
}

export interface PowerCut {
  /** The wall time just before the cut, in Unix milliseconds; null: the machine was off already. */
  readonly atMs: number | null;
}

/**
 * Takes the power away: everything of the machine dies at once, without a word to anybody. `onDead` is called when nothing of it
 * is left and the shared disk is free; the promise also waits for what only its next start needs. Throws HF-LAB-STUCK.
 */
export function cutPower(
  layout: LabLayout,
  machine: MachineName,
  clock: Clock,
  onDead: () => void = () => {},
): Promise<PowerCut> {
  return withPowerLock(layout, machine, async () => {
    const kind = runningKind(layout, machine);
    const atMs = kind === undefined ? null : await kind.kill(layout, machine, clock);
    onDead();
    await kind?.tidyAfterDeath(layout, machine);
    return { atMs };
  });
}

/** Presses the reset button; one that is off is switched on. */
export function pressReset(layout: LabLayout, machine: MachineName, clock: Clock): Promise<PowerCut> {
  return withPowerLock(layout, machine, async () => {
    const kind = runningKind(layout, machine);
    if (kind === undefined) {
      await bootMachine(layout, machine, clock);
      return { atMs: null };
    }
    return { atMs: await kind.reset(layout, machine, await presentState(layout), clock) };
  });
}

/** Presses the power button shortly: asks the machine to power off, and returns at once. */
export async function askToShutDown(layout: LabLayout, machine: MachineName): Promise<void> {
  await runningKind(layout, machine)?.askToShutDown(layout, machine);
}

/** Pulls or puts back cables. A machine that is off has none to move; its next start reads which are out. */
export async function moveCables(
  layout: LabLayout,
  machine: MachineName,
  networks: readonly NetworkName[],
  state: 'up' | 'down',
): Promise<void> {
  await runningKind(layout, machine)?.moveCables(layout, machine, networks, state);
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

/** What runs says what it is, so that it can be ended without any record of the lab. */
function runningKind(layout: LabLayout, machine: MachineName): MachineKind | undefined {
  return [containers, virtualMachines].find((kind) => kind.isOn(layout, machine));
}

async function bootMachine(layout: LabLayout, machine: MachineName, clock: Clock): Promise<void> {
  const state = await presentState(layout);
  await kindOf(state).boot(layout, machine, state, clock);
}

export function kindOf(state: Pick<LabState, 'machines'>): MachineKind {
  return state.machines === 'vm' ? virtualMachines : containers;
}

/** Throws HF-LAB-NOT-UP. */
async function presentState(layout: LabLayout): Promise<LabState> {
  const state = await readLabState(layout);
  if (!state) {
    throw labNotUp();
  }
  return state;
}

export function labNotUp(): HoldfastError {
  return new HoldfastError({
    code: 'HF-LAB-NOT-UP',
    message: 'The lab is not up.',
    remedy: 'Run `holdfast lab up` first.',
    source: 'user',
  });
}
