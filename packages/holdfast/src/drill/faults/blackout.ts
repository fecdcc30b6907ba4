import { backByItself, wayOutWithoutQuorum } from './expectations.ts';
import type { Fault, FaultContext, Ground } from './fault.ts';
import { armPower, restorePower, witnessHasNoPlug } from './power-loss.ts';

const darkMs = 3000;

/** The whole site goes dark, and all machines get their power back. */
export const blackout: Fault = {
  name: 'blackout',
  victim: 'active',
  describe: () => `cut the power of every machine at once, and give it back ${darkMs / 1000} s later`,
  expectation: backByItself('The site comes up by itself, with the data of the last active node, and needs nobody.'),
  unsuited: needsEveryPlug,
  armDeadMan: armEveryPower,
  async inject(context) {
    const injection = await cutEveryPower(context);
    await context.clock.sleep(darkMs);
    await Promise.all(context.members.map(({ name }) => context.power.restore(name)));
    return injection;
  },
  heal: restoreEveryPower,
};

/** The whole site goes dark, and only the machine that served comes back. */
export const blackoutOneReturns: Fault = {
  ...blackout,
  name: 'blackout-one-returns',
  describe: ({ active }) => `cut the power of every machine at once, and give it back to ${active} alone`,
  expectation: () => ({
    service: 'refused',
    told: { of: 'active', commands: wayOutWithoutQuorum },
    words:
      'A node that comes up alone cannot see the others dead, and serves nobody until a person says that they are.',
  }),
  async inject(context) {
    const injection = await cutEveryPower(context);
    await context.clock.sleep(darkMs);
    await context.power.restore(context.victim.name);
    return injection;
  },
};

function needsEveryPlug({ site, machines }: Ground): string | undefined {
  if (machines === 'real') return 'a site whose machines are all dark has nobody left to switch them on';
  return site.witness === undefined ? undefined : witnessHasNoPlug({ site, machines });
}

async function armEveryPower(context: FaultContext): Promise<void> {
  for (const { name } of context.members) await armPower(context, name);
}

async function cutEveryPower({ members, power }: FaultContext) {
  const cuts = await Promise.all(members.map(async ({ name }) => ({ name, ...(await power.cut(name)) })));
  return {
    atMs: Math.min(...cuts.map(({ atMs }) => atMs)),
    powerOffAtMs: Object.fromEntries(cuts.map(({ name, offAtMs }) => [name, offAtMs])),
  };
}

async function restoreEveryPower(context: FaultContext): Promise<void> {
  for (const { name } of context.members) await restorePower(context, name);
}
