import { describe, expect, it } from 'vitest';
import type { Site } from '../site/index.ts';
import { type BudgetedFault, budget } from './budget.ts';
import { notesOnHeldWrites } from './held-writes.ts';
import { bmc, fenced, site as shared } from './site.fixture.ts';

const { filesystem, mountPoint, options } = shared.state;
const site: Site = {
  ...shared,
  state: {
    type: 'drbd',
    device: '/dev/drbd0',
    disks: ['/dev/vdb', '/dev/vdb'],
    link: 1,
    port: 7789,
    filesystem,
    mountPoint,
    options,
  },
};

const namesOf = (of: Site, fault: BudgetedFault) => budget(of)[fault]?.terms.map(({ name }) => name) ?? [];
const termOf = (fault: BudgetedFault, name: string) => budget(site)[fault]?.terms.find((each) => each.name === name);

/** What a replicated state adds to a fault, and takes away from it. */
function added(fault: BudgetedFault): readonly string[] {
  return namesOf(site, fault).filter((name) => !namesOf(shared, fault).includes(name));
}

describe('A replicated state', () => {
  it('takes the handler another look when the node that does not serve is dark', () => {
    expect(added('passive-power-cut')).toEqual([
      ...namesOf(shared, 'power-cut').slice(0, namesOf(shared, 'power-cut').indexOf('fencing: off') + 1),
      'fence handler looks once more',
      'fence handler',
    ]);
    // Nobody is fenced: the handler finds the other node well, and looks once.
    expect(added('one-link-cut')).toEqual(['DRBD misses its peer', 'fence handler']);
  });

  it('that is held while the other node is fenced is longer than a short probe waits, which is told', () => {
    const { seconds } = budget(site)['passive-power-cut'];
    const [workload] = site.workloads;
    const probe = { kind: 'tcp', host: '127.0.0.1', port: 1883, intervalMs: 2_000, timeoutMs: 2_000 } as const;
    const probed = (timeoutMs: number): Site => ({
      ...site,
      workloads: [{ ...workload, probe: { ...probe, timeoutMs } }],
    });
    expect(notesOnHeldWrites(probed(2_000))).toEqual([
      expect.stringMatching(
        /held for up to [\d.]+ s, and the probe of ledger waits 2s: .* workloads\[0\]\.probe\.timeout to at least \d+s\.$/,
      ),
    ]);
    expect(notesOnHeldWrites(probed(seconds * 1000))).toEqual([]);
    expect(notesOnHeldWrites({ ...probed(2_000), state: shared.state })).toEqual([]);
  });

  it('is told before and after each of what the cluster does with it, as many times as the scheduler plans', () => {
    expect(added('power-cut')).toEqual([
      'notices of the loss',
      'fence handler',
      'promotion of DRBD',
      'notices of the promotion',
    ]);
    expect(termOf('power-cut', 'notices of the loss')).toMatchObject({ seconds: 1, value: '4 × 250ms' });
    expect(added('planned-move')).toEqual([
      'demotion of DRBD',
      'notices of the demotion',
      'promotion of DRBD',
      'notices of the promotion',
    ]);
    // Its node goes: DRBD stops there, and is promoted here without it.
    expect(added('reboot')).toEqual([
      'demotion of DRBD',
      'notices of the demotion',
      'stop of DRBD',
      'notices of the stop',
      'fence handler',
      'promotion of DRBD',
      'notices of the promotion',
    ]);
  });

  it('is promoted only when DRBD misses a peer that replicated until it was fenced', () => {
    for (const fault of ['corosync-kill', 'pacemaker-kill'] as const) {
      expect(added(fault)).toEqual(expect.arrayContaining(['DRBD misses its peer', 'next attempt to promote']));
    }
    for (const fault of ['power-cut', 'kernel-panic', 'network-cut'] as const) {
      expect(added(fault)).not.toContain('DRBD misses its peer');
    }
  });

  it('starts cold after a blackout, and waits for its peer as long as the agent does', () => {
    expect(added('blackout')).toEqual([
      'start of DRBD',
      'DRBD waits for its peer',
      'notices of the start',
      'promotion of DRBD',
      'notices of the promotion',
    ]);
    expect(termOf('blackout', 'DRBD waits for its peer')).toMatchObject({
      seconds: 5,
      source: expect.stringContaining('--degr-wfc-timeout'),
    });
  });

  it('whose nodes have BMCs of different supplies names the one that goes dark, and no other', () => {
    const mixed = { ...site, nodes: [fenced('alpha'), fenced('bravo', { ...bmc, power: 'shared' })] } as const;
    for (const fault of ['power-cut', 'passive-power-cut'] as const) {
      expect(budget(mixed)[fault].endsWhen).toMatch(
        /^the fencing of bravo is dark with its node, and nothing may start/,
      );
    }
    expect(budget(site)['passive-power-cut'].endsWhen).toBeUndefined();
    expect(budget(site)['fencing-dead-then-power-cut']?.endsWhen).toMatch(/^nothing may start/);
  });
});
