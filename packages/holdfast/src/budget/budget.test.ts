import { describe, expect, it } from 'vitest';
import type { Site } from '../site/index.ts';
import { budget } from './budget.ts';
import { checkObjectives } from './check-objectives.ts';

const base: Omit<Site, 'witness'> = {
  version: 1,
  name: 'plant-7',
  objectives: { rtoMs: 15_000, rpoMs: 0 },
  pattern: 'active-passive',
  nodes: [fenced('alpha'), fenced('bravo')],
  address: { ip: '10.0.0.100', prefixLength: 24 },
  state: { type: 'shared-block', device: '/dev/sdb', filesystem: 'ext4', mountPoint: '/srv/state', options: [] },
  workloads: [
    {
      name: 'ledger',
      unit: 'ledger.service',
      startTimeoutMs: 30_000,
      stopTimeoutMs: 4_000,
      probe: { kind: 'tcp', host: '127.0.0.1', port: 1, intervalMs: 2_000, timeoutMs: 1_500 },
    },
  ],
  timing: { profile: 'lan', tokenMs: 1_000, consensusMs: 1_200, migrationThreshold: 3, failureTimeoutMs: 600_000 },
  acceptedRisks: [],
  ssh: {},
  drill: { lab: false },
};
const site: Site = {
  ...base,
  witness: { kind: 'member', name: 'charlie', ssh: 'charlie', sudo: false, links: ['10.0.0.13'] },
};

describe('The budget of a fault', () => {
  it('is the sum of its terms', () => {
    for (const { seconds, terms } of Object.values(budget(site))) {
      expect(seconds).toBeCloseTo(
        terms.reduce((sum, each) => sum + each.seconds, 0),
        6,
      );
      expect(terms.length).toBeGreaterThan(2);
    }
  });

  it('grows by exactly what the token grows', () => {
    const slower = { ...site, timing: { ...site.timing, tokenMs: 3_000 } };
    expect(budget(slower)['power-cut'].seconds - budget(site)['power-cut'].seconds).toBeCloseTo(2, 6);
    expect(budget(slower)['process-crash']).toEqual(budget(site)['process-crash']);
  });

  it('of a lost node does not grow when the fenced machine is switched on again', () => {
    const nodes = [fenced('alpha', 'stay-off'), fenced('bravo', 'stay-off')] as const;
    expect(budget({ ...site, nodes })['power-cut']).toEqual(budget(site)['power-cut']);
  });

  it('of a lost node includes the second that the controller pauses', () => {
    expect(termOf(site, 'pause of the controller')).toBe(1);
  });

  it('of a lost node includes the delay that stands in for a witness', () => {
    expect(termOf(base, 'fencing delay')).toBe(9);
    expect(termOf(site, 'fencing delay')).toBeUndefined();
  });

  it('of a lost node includes the wait for qnetd, as far as it is longer than that for Corosync', () => {
    const qnetd: Site = { ...base, witness: { kind: 'qnetd', name: 'q', ssh: 'q', sudo: false, address: '10.0.0.9' } };
    expect(termOf(qnetd, 'quorum device')).toBeCloseTo(1.5 * 0.8 * 2.5 - 2.2, 6);
  });

  it('of a hang is that of the workload that takes longest to notice, kill and start', () => {
    const [ledger] = site.workloads;
    const slow = { ...ledger, name: 'historian', stopTimeoutMs: 9_000 };
    const terms = budget({ ...site, workloads: [ledger, slow] })['process-hang'].terms.map(({ name }) => name);
    expect(terms).toContain('stop of historian');
  });

  it('of a hang is without end when nobody asks the workload', () => {
    const [{ probe: _, ...ledger }] = site.workloads;
    expect(budget({ ...site, workloads: [ledger] })['process-hang'].seconds).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('A promise', () => {
  const promised = (rtoMs: number): Site => ({ ...site, objectives: { rtoMs, rpoMs: 0 } });

  it('that holds is no problem', () => {
    expect(checkObjectives(promised(60_000), budget(site))).toEqual([]);
  });

  it('that a fault would break is one, with the sum and the key to change', () => {
    const seconds = budget(site)['process-hang'].seconds;
    const problem = checkObjectives(promised(9_000), budget(site)).find(({ message }) =>
      message.includes('process-hang'),
    );
    expect(problem).toMatchObject({ code: 'HF-BUDGET-EXCEEDED', source: 'user' });
    expect(problem?.message).toContain(`${seconds} s: probe interval 2 + probe timeout 1.5`);
    expect(problem?.remedy).toContain('Shorten workloads.ledger.stop, now 4 s');
  });

  it('that no setting can keep is to be raised', () => {
    const [problem] = checkObjectives(promised(1_000), budget(site));
    expect(problem?.remedy).toMatch(/^Raise objectives\.rto to at least/);
  });

  it('is not held against a hang that the file accepts not to notice', () => {
    const [{ probe: _, ...ledger }] = site.workloads;
    const unprobed: Site = { ...promised(60_000), workloads: [ledger] };
    expect(checkObjectives(unprobed, budget(unprobed))).toEqual([]);
  });
});

function termOf(of: Site, name: string): number | undefined {
  return budget(of)['power-cut'].terms.find((each) => each.name === name)?.seconds;
}

function fenced(name: string, after: 'restart' | 'stay-off' = 'restart') {
  return {
    name,
    ssh: name,
    sudo: false,
    links: ['10.0.0.11'],
    fencing: {
      type: 'redfish',
      address: '10.0.9.1',
      port: 443,
      username: 'u',
      password: 'p',
      systemUri: '/s',
      tls: { mode: 'verified' },
      after,
    },
  } as const;
}
