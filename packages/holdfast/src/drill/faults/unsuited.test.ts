import { describe, expect, test } from 'vitest';
import { fencingSites, ipmi, outlet } from '../../patterns/active-passive/fencing-sites.fixture.ts';
import { memberWitnessSite, noFencingSite, replicatedSite } from '../../patterns/active-passive/sites.fixture.ts';
import type { Site } from '../../site/index.ts';
import { contextWith } from './context.fixture.ts';
import type { MachineKind } from './fault.ts';
import { faults } from './index.ts';

describe('a fault that needs the power of a node', () => {
  const needing = ['power-cut', 'passive-power-cut', 'reboot', 'kernel-panic'] as const;

  test('is left out of a plant where nothing switches the node, and not of a lab, where a hand does', () => {
    for (const name of needing) {
      for (const site of [noFencingSite, fencingSites.watchdogSite]) {
        expect(faults[name].unsuited?.({ site, machines: 'real' })).toContain('nothing outside alpha can switch it');
        expect(faults[name].unsuited?.({ site, machines: 'virtual-machines' })).toBeUndefined();
      }
      expect(faults[name].unsuited?.({ site: memberWitnessSite, machines: 'real' })).toBeUndefined();
    }
  });
});

describe('fencing-dead-then-power-cut', () => {
  const { 'fencing-dead-then-power-cut': fault } = faults;
  const unsuited = (site: Site, machines: MachineKind) => fault.unsuited?.({ site, machines });

  test('needs a second device in a plant, which cuts the power while the first is silent', () => {
    expect(unsuited(memberWitnessSite, 'real')).toContain('what is silent switches nothing');
    expect(unsuited(memberWitnessSite, 'containers')).toBeUndefined();
    // A watchdog behind it switches nothing for anybody.
    expect(unsuited(fencingSites.levelsSite, 'real')).toContain('what is silent switches nothing');
    const [one, two] = memberWitnessSite.nodes;
    const levels = [[ipmi('alpha')], [outlet('10.77.9.51', '3')]] as const;
    const fencing = { levels, after: 'restart' } as const;
    const both = {
      ...memberWitnessSite,
      nodes: [
        { ...one, fencing },
        { ...two, fencing },
      ],
    } as const;
    expect(unsuited(both, 'real')).toBeUndefined();
  });

  test('lets the device speak again before the power is to come back through it', async () => {
    const done: string[] = [];
    const context = contextWith({
      answer(script) {
        if (script.includes('holdfast-drill-fencing')) done.push('device');
        return '';
      },
    });
    const power = { ...context.power, armRestore: async () => void done.push('power') };
    await fault.armDeadMan({ ...context, power });
    expect(done).toEqual(['device', 'power']);
  });
});

describe('users-link-cut', () => {
  const expected = (site: Site) => faults['users-link-cut'].expectation({ ...site, reach: ['10.77.1.1'] }).service;

  test('is no takeover in time where the clients’ cable carries the replication, too', () => {
    const { state } = replicatedSite;
    if (state.type !== 'drbd') throw new Error('this site replicates');
    expect(expected(replicatedSite)).toBe('back-in-time');
    expect(expected({ ...replicatedSite, state: { ...state, link: 0 } })).toBe('until-healed');
  });
});

test('whatever a node filters with must be there', async () => {
  for (const name of ['network-cut', 'asymmetric-cut', 'lossy-network', 'fencing-dead-then-power-cut'] as const) {
    const { lacking } = faults[name];
    expect(await lacking?.(contextWith({ exitCode: 127 }).victim.host, memberWitnessSite)).toBe('the package nftables');
  }
});

test('kernel-panic is lacking where the kernel cannot be told to panic', async () => {
  const { lacking } = faults['kernel-panic'];
  expect(await lacking?.(contextWith({ exitCode: 1 }).victim.host, memberWitnessSite)).toContain('SysRq');
  expect(await lacking?.(contextWith({}).victim.host, memberWitnessSite)).toBeUndefined();
});
