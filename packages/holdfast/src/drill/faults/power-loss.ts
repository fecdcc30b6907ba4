import { fenceScript } from '../../fencing/index.ts';
import { backInTime, keepsServing } from './expectations.ts';
import type { Fault, FaultContext, Ground, Injection } from './fault.ts';

/** The machine that serves loses its power from one instant to the next. */
export const powerCut: Fault = {
  name: 'power-cut',
  victim: 'active',
  describe: ({ active }) => `cut the power of ${active}`,
  expectation: backInTime('The other node sees the active one off and takes over.'),
  unsuited: nodeHasNoPlug,
  armDeadMan: (context) => armPower(context, context.victim.name),
  inject: (context) => cutPower(context, context.victim.name),
  heal: (context) => restorePower(context, context.victim.name),
};

/** The passive node loses its power: only redundancy is lost. */
export const passivePowerCut: Fault = {
  ...powerCut,
  name: 'passive-power-cut',
  victim: 'passive',
  describe: ({ passive }) => `cut the power of ${passive}, which stands by`,
  expectation: keepsServing('The active node serves on, without a passive one until it is back.'),
};

/** The third vote is gone: the two nodes still are a majority. */
export const witnessLoss: Fault = {
  ...powerCut,
  name: 'witness-loss',
  victim: 'witness',
  describe: ({ witness = 'the witness' }) => `cut the power of ${witness}, the witness`,
  expectation: keepsServing('The nodes keep the majority between them; nothing that serves moves.'),
  unsuited: witnessHasNoPlug,
};

/** Why nothing here takes the power of each node, and gives it back. In a lab a hand does. */
export function nodeHasNoPlug({ site, machines }: Ground): string | undefined {
  if (machines !== 'real') return undefined;
  const bare = site.nodes.find(({ fencing }) => fencing === undefined || fenceScript(fencing, 'on') === undefined);
  return bare && `nothing outside ${bare.name} can switch it off and on: the site file gives it no such device`;
}

/** Why the power of the witness cannot be cut here. */
export function witnessHasNoPlug({ site, machines }: Ground): string | undefined {
  if (site.witness === undefined) return 'the site has no witness';
  if (site.witness.kind === 'qnetd')
    return 'its witness runs corosync-qnetd, and drills do not reach into that machine';
  return machines === 'real' ? 'nothing can switch the witness off: the site file gives it no device' : undefined;
}

export async function armPower({ power, deadManMs }: FaultContext, machine: string): Promise<void> {
  await power.armRestore(machine, deadManMs);
}

export async function cutPower({ power }: FaultContext, machine: string): Promise<Injection> {
  const { atMs, offAtMs } = await power.cut(machine);
  return { atMs, powerOffAtMs: { [machine]: offAtMs } };
}

export async function restorePower({ power }: FaultContext, machine: string): Promise<void> {
  await power.restore(machine);
  await power.disarmRestore(machine);
}
