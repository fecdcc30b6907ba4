import { describe, expect, it } from 'vitest';
import { type BudgetedFault, budget } from './budget.ts';
import { entriesOf } from './faults.ts';
import { bmc, fenced, site, watchdog, withoutWitness } from './site.fixture.ts';

const [ledger] = site.workloads;

describe('The budget of a fault', () => {
  it('is the sum of its terms, each with its reason, who decides it, and where that is written', () => {
    for (const [, { seconds, terms, endsWhen }] of entriesOf(budget(site))) {
      if (endsWhen !== undefined) continue;
      const sum = terms.reduce((total, each) => total + each.seconds, 0);
      expect(seconds).toBeCloseTo(sum, 6);
      for (const term of terms) {
        expect([term.because, term.setting, term.value, term.source].filter((text) => text === '')).toEqual([]);
      }
    }
  });

  it('grows by exactly what the token grows where a member is lost, and nowhere else', () => {
    const slower = budget({ ...site, timing: { ...site.timing, tokenMs: 3_000 } });
    const grown = entriesOf(budget(site)).flatMap(([fault, { seconds }]) =>
      (slower[fault]?.seconds ?? 0) > seconds ? [fault] : [],
    );
    expect(grown).toEqual(['power-cut', 'kernel-panic', 'network-cut', 'corosync-kill', 'blackout']);
    expect(slower['power-cut'].seconds - budget(site)['power-cut'].seconds).toBeCloseTo(2, 6);
  });

  it('grows on slow machines by what is assumed, also within the restarts in place, and by nothing that is configured', () => {
    const slow = { ...site, timing: { ...site.timing, slowness: 4 } };
    const assumedSeconds = (of: typeof site, fault: BudgetedFault) =>
      (budget(of)[fault]?.terms ?? []).reduce((sum, each) => sum + (each.origin === 'assumed' ? each.seconds : 0), 0);
    const grown = (fault: BudgetedFault) => (budget(slow)[fault]?.seconds ?? 0) - (budget(site)[fault]?.seconds ?? 0);
    expect(assumedSeconds(site, 'power-cut')).toBeGreaterThan(0);
    expect(grown('power-cut')).toBeCloseTo(3 * assumedSeconds(site, 'power-cut'), 6);
    expect(grown('process-crash')).toBeCloseTo(3 * assumedSeconds(site, 'process-crash'), 6);
    expect(grown('crash-loop')).toBeGreaterThan(3 * assumedSeconds(site, 'crash-loop'));
    expect(termOf(slow, 'power-cut', 'pause of the controller')).toBe(1);
  });

  it('of a lost node includes the second that the controller pauses', () => {
    expect(termOf(site, 'power-cut', 'pause of the controller')).toBe(1);
  });

  it('of a lost node includes the delays that stand in for a witness', () => {
    expect(termOf(withoutWitness, 'power-cut', 'fencing head start')).toBe(3);
    expect(termOf(withoutWitness, 'power-cut', 'fencing delay of the serving node')).toBe(6);
    expect(termOf(site, 'power-cut', 'fencing head start')).toBeUndefined();
  });

  it('of a dead cluster manager on a node that is still a member has no delay for the node that serves', () => {
    expect(termOf(withoutWitness, 'pacemaker-kill', 'fencing delay of the serving node')).toBeUndefined();
    expect(termOf(withoutWitness, 'pacemaker-kill', 'token')).toBeUndefined();
  });

  it('of a lost node includes the wait for qnetd, as far as it is longer than that for Corosync', () => {
    const qnetd = { kind: 'qnetd', name: 'q', ssh: 'q', sudo: false, address: '10.0.0.9' } as const;
    const wait = termOf({ ...withoutWitness, witness: qnetd }, 'power-cut', 'quorum device');
    expect(wait).toBeCloseTo(1.5 * 0.8 * 2.5 - 2.2, 6);
  });

  it('of a hang is that of the workload that takes longest to notice, kill and start', () => {
    const slow = { ...ledger, name: 'historian', stopTimeoutMs: 9_000 };
    const terms = budget({ ...site, workloads: [ledger, slow] })['process-hang'].terms.map(({ name }) => name);
    expect(terms).toContain('stop of historian');
  });

  it('of a hang has no end when nobody asks the workload', () => {
    const { probe: _probe, ...unprobed } = ledger;
    const hang = budget({ ...site, workloads: [unprobed] })['process-hang'];
    expect(hang).toMatchObject({ seconds: Number.POSITIVE_INFINITY, endsWhen: expect.stringContaining('no workload') });
  });

  it('of a crash loop is a restart less than the crashes until the workload moves, and the move', () => {
    const twice = budget({ ...site, timing: { ...site.timing, migrationThreshold: 2 } });
    const restart = budget(site)['process-crash'].seconds - 0.25;
    expect(budget(site)['crash-loop'].seconds - twice['crash-loop'].seconds).toBeCloseTo(restart, 6);
  });

  it('of a cut link is none where Corosync has another and no user is on it', () => {
    expect(budget(site)['one-link-cut']?.seconds).toBeLessThan(1);
    expect(budget(site)['users-link-cut']?.endsWhen).toContain('nothing watches');
    const elsewhere = { ...site, address: { ip: '10.9.0.100', prefixLength: 24 } };
    expect(budget(elsewhere)['users-link-cut']).toBeUndefined();
  });

  it('of the only link is that of the network', () => {
    const nodes = [
      { ...fenced('alpha'), links: ['10.0.0.11'] },
      { ...fenced('bravo'), links: ['10.0.0.12'] },
    ] as const;
    const faults = budget({ ...site, nodes });
    expect(faults['one-link-cut']).toEqual(faults['network-cut']);
  });

  it('of a blackout includes the sleep of SBD, after which alone Pacemaker starts', () => {
    const nodes = [fenced('alpha', watchdog), fenced('bravo', watchdog)] as const;
    expect(termOf({ ...site, nodes }, 'blackout', 'delay of SBD')).toBe(14);
    expect(termOf(site, 'blackout', 'delay of SBD')).toBeUndefined();
  });

  it('leaves out what the site cannot lose', () => {
    expect(Object.keys(budget(withoutWitness)).filter((fault) => fault.startsWith('witness'))).toEqual([]);
  });

  it('promises nothing for two faults that come one after the other', () => {
    const both = budget(site)['witness-loss-then-power-cut'];
    expect(both).toMatchObject({ promised: false, endsWhen: expect.stringContaining('no majority') });
  });
});

describe('Fencing in the budget', () => {
  const nodes = (...levels: Parameters<typeof fenced>[1][]) =>
    [fenced('alpha', ...levels), fenced('bravo', ...levels)] as const;

  it('without a second level has no end when its device is dead', () => {
    expect(budget(site)['fencing-dead-then-power-cut']).toMatchObject({
      promised: false,
      endsWhen: expect.stringContaining('stonith_admin --confirm'),
    });
  });

  it('with a second level waits for the first to give up, then for the second', () => {
    const faults = budget({ ...site, nodes: nodes(bmc, watchdog) });
    const terms = faults['fencing-dead-then-power-cut']?.terms ?? [];
    expect(terms.find(({ name }) => name === 'fencing device gives up')?.seconds).toBe(24);
    expect(terms.find(({ name }) => name === 'watchdog')?.seconds).toBeGreaterThanOrEqual(10);
    expect(faults['power-cut']).toEqual(budget(site)['power-cut']);
  });

  it('by a device that goes dark with its node has no end after a power cut, but after a panic', () => {
    const faults = budget({ ...site, nodes: nodes({ ...bmc, power: 'shared' }) });
    expect(faults['power-cut'].endsWhen).toContain('nothing may start');
    expect(faults['kernel-panic']).toEqual(budget(site)['kernel-panic']);
  });

  it('is that of the slower node', () => {
    const mixed = { ...site, nodes: [fenced('alpha'), fenced('bravo', watchdog)] as const };
    expect(termOf(mixed, 'kernel-panic', 'watchdog')).toBeGreaterThan(5);
  });
});

function termOf(of: Parameters<typeof budget>[0], fault: BudgetedFault, name: string): number | undefined {
  return budget(of)[fault]?.terms.find((each) => each.name === name)?.seconds;
}
