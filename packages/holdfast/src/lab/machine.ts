import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { type Clock, HoldfastError } from '../core/index.ts';
import { type LabLayout, type MachineName, machineAddress, type NetworkName, networkNames } from './layout.ts';
import { withLock } from './lock.ts';
import { cutPower, isOn, labNotUp, moveCables, type PowerCut, powerOn, pressReset } from './power.ts';
import { readMachineKind, readUnplugged, writeUnplugged } from './state.ts';

/** A machine of the lab, and what a hand could do to it. */
export interface LabMachine {
  readonly name: MachineName;
  /** Its management address. */
  readonly address: string;
  isOn(): boolean;
  /** Gives it power; does not wait for the boot. True: it was off. Throws HF-LAB-NOT-UP, HF-LAB-BOOT. */
  start(): Promise<boolean>;
  /**
   * Takes its power. Returns when nothing of it is left and the shared disk is free; `atMs` is the wall time of the
   * cut, null when it was off. Throws HF-LAB-STUCK.
   */
  cutPower(): Promise<PowerCut>;
  /** Cuts the power and gives it back at once. */
  pressReset(): Promise<PowerCut>;
  /** Pulls one cable, or without a name all but the management one. Throws HF-LAB-NETWORK-UNKNOWN. */
  unplug(link?: string): Promise<{ atMs: number }>;
  /** Puts one cable back, or without a name all of them. */
  plug(link?: string): Promise<{ atMs: number }>;
  unplugged(): Promise<readonly NetworkName[]>;
  /** Waits until it answers over SSH. Throws HF-LAB-BOOT after `limitMs`. */
  untilReachable(limitMs: number, signal?: AbortSignal): Promise<void>;
}

export function openMachine(layout: LabLayout, name: MachineName, clock: Clock): LabMachine {
  return {
    name,
    address: machineAddress(name, 'mgmt'),
    isOn: () => isOn(layout, name),
    start: () => powerOn(layout, name, clock),
    cutPower: () => cutPower(layout, name, clock),
    pressReset: () => pressReset(layout, name, clock),
    unplug: async (link) => changeCables(layout, name, selectNetworks(name, link, ['plant', 'ring']), 'down', clock),
    plug: async (link) => changeCables(layout, name, selectNetworks(name, link, networkNames), 'up', clock),
    unplugged: () => readUnplugged(layout, name),
    untilReachable: (limitMs, signal) => untilReachable(layout, name, clock, limitMs, signal),
  };
}

async function changeCables(
  layout: LabLayout,
  machine: MachineName,
  moved: readonly NetworkName[],
  state: 'up' | 'down',
  clock: Clock,
): Promise<{ atMs: number }> {
  const directory = layout.machineDirectory(machine);
  if (!existsSync(directory)) {
    throw labNotUp();
  }
  return withLock(`${directory}/cables.lock`, `Something that moves cables of ${machine}`, async () => {
    const out = new Set(await readUnplugged(layout, machine));
    for (const network of moved) {
      if (state === 'down') {
        out.add(network);
      } else {
        out.delete(network);
      }
    }
    await writeUnplugged(layout, machine, [...out]);
    const atMs = clock.now();
    await moveCables(layout, machine, moved, state);
    return { atMs };
  });
}

function selectNetworks(
  machine: MachineName,
  link: string | undefined,
  withoutName: readonly NetworkName[],
): readonly NetworkName[] {
  if (link === undefined) {
    return withoutName;
  }
  const network = networkNames.find((name) => name === link);
  if (!network) {
    throw new HoldfastError({
      code: 'HF-LAB-NETWORK-UNKNOWN',
      message: `${machine} has no link "${link}".`,
      remedy: `Use one of ${networkNames.join(', ')}, or name none.`,
      source: 'user',
    });
  }
  return [network];
}

async function untilReachable(
  layout: LabLayout,
  machine: MachineName,
  clock: Clock,
  limitMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = clock.monotonic() + limitMs;
  const config = `${layout.siteDirectory}/ssh_config`;
  // A container answers at once or not at all; an emulated machine needs seconds for its half of the keys.
  const patienceSeconds = readMachineKind(layout) === 'vm' ? 30 : 1;
  for (;;) {
    signal?.throwIfAborted();
    const result = await execa(
      'ssh',
      ['-F', config, '-o', `ConnectTimeout=${patienceSeconds}`, '-o', 'BatchMode=yes', machine, 'true'],
      {
        reject: false,
        stdin: 'ignore',
        timeout: 5_000 + patienceSeconds * 1000,
      },
    );
    if (!result.failed) {
      return;
    }
    if (clock.monotonic() > deadline || !isOn(layout, machine)) {
      const said = String(result.stderr).trim() || 'nothing';
      throw new HoldfastError({
        code: 'HF-LAB-BOOT',
        message: `${machine} does not answer over SSH (${isOn(layout, machine) ? `after ${limitMs / 1000} s` : 'it is off'}); ssh said: ${said}`,
        remedy: `Read ${layout.machineDirectory(machine)}/console.log.`,
        source: 'tool',
      });
    }
    await clock.sleep(50, signal);
  }
}
