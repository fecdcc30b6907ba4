import { describe, expect, it } from 'vitest';
import type { Cib, Primitive } from './cib.ts';
import { allFaults, type Parts } from './faults.ts';
import { simulationSteps } from './simulation-steps.ts';

const cib: Cib = {
  properties: { 'stonith-enabled': 'true' },
  resourceDefaults: { 'migration-threshold': '5', 'failure-timeout': '600s' },
  operationDefaults: {},
  resources: [fencing('fence-alpha', 'alpha'), fencing('fence-bravo', 'bravo'), workload('ledger'), workload('broker')],
  constraints: [],
  fencingLevels: [],
  alerts: [],
};
const parts: Parts = {
  members: ['alpha', 'bravo', 'charlie'],
  twoNode: false,
  crashCounting: 'twice',
  workloads: ['ledger', 'broker'],
  devices: ['fence-alpha', 'fence-bravo'],
};
const scenarios = allFaults(cib, parts);
const titled = (title: string, of = scenarios) => of.find((each) => each.title === title);

describe('The faults of a cluster', () => {
  it('are each member, each workload once and so often that it moves, and each device; and every pair of two of them', () => {
    const singles = scenarios.filter(({ faults }) => faults.length === 1);
    expect(singles.map(({ title }) => title)).toEqual([
      'alpha fails',
      'bravo fails',
      'charlie fails',
      'ledger crashes',
      'ledger crashes 3 times',
      'broker crashes',
      'broker crashes 3 times',
      'fence-alpha is dead',
      'fence-bravo is dead',
    ]);
    // Ordered pairs of nine, without the two pairs within a workload, and two dead devices in one order only.
    expect(scenarios.length - singles.length).toBe(9 * 8 - 2 * 2 - 1);
  });

  it('are played in both orders, but for two dead devices', () => {
    expect(titled('alpha fails, then ledger crashes')).toBeDefined();
    expect(titled('ledger crashes, then alpha fails')).toBeDefined();
    expect(titled('fence-alpha is dead, then fence-bravo is dead')).toBeDefined();
    expect(titled('fence-bravo is dead, then fence-alpha is dead')).toBeUndefined();
  });

  it('of many workloads leave out of pairs what leaves the cluster as it was', () => {
    const names = Array.from({ length: 12 }, (_, index) => `work${index}`);
    const many = allFaults(
      { ...cib, resources: [...cib.resources, ...names.map(workload)] },
      { ...parts, workloads: names },
    );
    expect(many.filter(({ faults }) => faults.length === 1)).toHaveLength(3 + 2 * 12 + 2);
    // Ordered pairs of three members, twelve crash loops and two devices.
    expect(many.filter(({ faults }) => faults.length === 2)).toHaveLength(17 * 16 - 1);
  });

  it('cost the scheduler one run each, as a pair begins where its first fault has ended', () => {
    expect(simulationSteps(scenarios).steps.length).toBe(scenarios.length);
  });

  it('take the quorum with the second vote of three', () => {
    expect(titled('alpha fails, then charlie fails')).toMatchObject({
      rounds: [[{ kind: 'node-fails' }], [{ kind: 'node-fails' }, { kind: 'quorum-lost' }]],
      endsWhen: 'alpha or charlie returns',
    });
  });

  it('leave the quorum to the last of two nodes that have no witness', () => {
    const two = allFaults(cib, { ...parts, members: ['alpha', 'bravo'], twoNode: true });
    expect(titled('alpha fails', two)?.rounds).toEqual([[{ kind: 'node-fails', node: 'alpha' }]]);
    expect(titled('alpha fails, then bravo fails', two)?.rounds.at(-1)).toContainEqual({ kind: 'quorum-lost' });
  });

  it('count the vote of a quorum device, which is no member', () => {
    const three = allFaults(cib, { ...parts, members: ['alpha', 'bravo'], quorumDevice: 'q' });
    expect(titled('q fails', three)?.rounds).toEqual([[]]);
    expect(titled('q fails, then alpha fails', three)).toMatchObject({ endsWhen: 'alpha or q returns' });
  });

  it('leave a node whose device is dead unfenced', () => {
    expect(titled('fence-alpha is dead, then alpha fails')?.rounds.at(-1)).toContainEqual({
      kind: 'fencing-fails',
      node: 'alpha',
    });
    expect(titled('fence-bravo is dead, then alpha fails')?.rounds.at(-1)).toHaveLength(1);
    expect(titled('alpha fails, then fence-alpha is dead')?.rounds.flat()).not.toContainEqual(
      expect.objectContaining({ kind: 'fencing-fails' }),
    );
  });

  it('do not while another level of its fencing is alive', () => {
    const level = (index: number, ...devices: readonly [string, ...string[]]) =>
      ({ id: `l${index}`, target: 'alpha', index, devices }) as const;
    const unfenced = (of: Cib) =>
      titled('fence-alpha is dead, then alpha fails', allFaults(of, parts))
        ?.rounds.flat()
        .some(({ kind }) => kind === 'fencing-fails');
    expect(unfenced({ ...cib, fencingLevels: [level(1, 'fence-alpha'), level(2, 'watchdog')] })).toBe(false);
    expect(unfenced({ ...cib, fencingLevels: [level(1, 'fence-alpha'), level(2, 'fence-bravo', 'fence-alpha')] })).toBe(
      true,
    );
  });

  it('end with the crashes forgotten where only these keep a workload from the last node', () => {
    expect(titled('alpha fails, then ledger crashes 3 times')?.endsWhen).toBe(
      'the crashes are forgotten after 600s, or cleared, or alpha returns',
    );
  });
});

function fencing(id: string, target: string): Primitive {
  return { ...workload(id), class: 'stonith', type: 'fence_redfish', attributes: { pcmk_host_list: target } };
}

function workload(id: string): Primitive {
  return {
    kind: 'primitive',
    id,
    class: 'ocf',
    provider: 'holdfast',
    type: 'workload',
    attributes: {},
    meta: {},
    operations: [],
  };
}
