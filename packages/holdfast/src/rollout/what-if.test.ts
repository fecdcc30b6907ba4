import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Host, Hosts } from '../hosts/index.ts';
import { memberSite, planInput } from './machines.fixture.ts';
import { plan } from './plan.ts';
import { whatIf } from './what-if.ts';

const fresh = planInput(memberSite);

/** Machines without Pacemaker are not asked about it. */
const nobody: Hosts = {
  all: [],
  get: (name) => {
    throw new Error(`${name} was asked`);
  },
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
};
const asked = () =>
  whatIf({ site: memberSite, plan: plan(fresh), blueprint: fresh.blueprint, facts: fresh.facts, hosts: nobody });
const hasScheduler = ['/usr/sbin/crm_simulate', '/usr/bin/crm_simulate'].some((path) => existsSync(path));

describe('What would happen to fresh machines', () => {
  // Alone, two processors take about three seconds (docs/budget.md has the command); this is for a busy machine.
  const mostMs = 60_000;

  it.runIf(hasScheduler)(
    'is told by the scheduler of this computer, also where PATH lacks /usr/sbin',
    async () => {
      const path = process.env.PATH;
      process.env.PATH = '/usr/bin:/bin';
      const told = await asked().finally(() => {
        process.env.PATH = path;
      });
      if (told.kind !== 'simulated') throw new Error(told.because);
      const singles = told.outcomes.filter(({ faults }) => faults.length === 1);
      expect(singles.map(({ sentence }) => sentence)).toEqual([
        'alpha fails: alpha is fenced, then state, address and workload-ledger move to bravo.',
        'bravo fails: bravo is fenced, and nothing that serves moves.',
        'charlie fails: charlie is fenced, and nothing that serves moves.',
        'workload-ledger crashes: workload-ledger is restarted on alpha.',
        'workload-ledger crashes 3 times: state, address and workload-ledger move to bravo.',
        'fence-alpha is dead: nothing that serves moves.',
        'fence-bravo is dead: nothing that serves moves.',
      ]);
      // Ordered pairs of seven faults, without those of one workload, and two dead devices in one order only.
      expect(told.outcomes.length - singles.length).toBe(7 * 6 - 2 - 1);
    },
    mostMs,
  );

  it.skipIf(hasScheduler)('is not known without one, and says what brings one', async () => {
    expect(await asked()).toMatchObject({
      kind: 'not-possible',
      because: expect.stringMatching(/apply installs it on the nodes.*pacemaker-cli-utils/),
    });
  });
});

it('Machines that are slow are given as much longer for it', async () => {
  const limits: (number | undefined)[] = [];
  const host: Host = {
    name: 'alpha',
    async run(_script, options) {
      limits.push(options?.timeoutMs);
      throw new Error('enough');
    },
    async *lines() {},
    close: async () => {},
  };
  const hosts = { ...nobody, get: () => host };
  const [first, ...others] = fresh.facts.hosts;
  if (first === undefined) throw new Error('the fixture has no machines');
  const facts = { ...fresh.facts, hosts: [{ ...first, hasScheduler: true }, ...others] };
  for (const slowness of [1, 10]) {
    const site = { ...memberSite, timing: { ...memberSite.timing, slowness } };
    await expect(whatIf({ site, plan: plan(fresh), blueprint: fresh.blueprint, facts, hosts })).rejects.toThrow(
      'enough',
    );
  }
  expect(limits).toEqual([120_000, 1_200_000]);
});
