import { describe, expect, it } from 'vitest';
import {
  allFaults,
  type Cib,
  promotableIn,
  proposeCib,
  readSimulation,
  type ScenarioOutcome,
  simulationScript,
} from '../../src/engines/pacemaker/index.ts';
import { agents, sites } from '../../src/patterns/active-passive/sites.fixture.ts';
import { type ClusterSpec, compile } from '../../src/patterns/index.ts';
import { whatCanFail } from '../../src/rollout/what-can-fail.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

// Alone, two processors take two to four seconds for a site; this is for a busy machine.
const mostMs = 100_000;

const siteNames = ['memberWitnessSite', 'qnetdSite', 'twoNodeSite', 'noFencingSite', 'replicatedSite'] as const;

type Outcomes = ReturnType<typeof outcomesOf>;
const known = new Map<string, Outcomes>();

describe.skipIf(oracleMissing !== undefined)('Every fault and every pair of faults', () => {
  it.each(siteNames)(
    'of %s ends with service on one node, or says what ends the outage',
    (name) => {
      const nodes = sites[name].nodes.map(({ name }) => name);
      for (const { title, after, before, service } of outcomesOfSite(name)) {
        const places = [...new Set(Object.values(after).filter((node) => node !== null))];
        expect([title, places.length <= 1 && places.every((node) => nodes.includes(node))]).toEqual([title, true]);
        const isServed = Object.keys(before).every((id) => before[id] === null || after[id] !== null);
        expect([title, service.kind === 'keeps-running' || service.kind === 'recovers']).toEqual([title, isServed]);
        if (service.kind === 'stops' || service.kind === 'blocked') {
          expect([title, service.until]).toEqual([title, expect.stringMatching(/./)]);
        }
      }
    },
    mostMs,
  );

  it(
    'is said in one sentence each',
    async () => {
      const outcomes = outcomesOfSite('memberWitnessSite');
      await expect(inLines(outcomes.filter(({ faults }) => faults.length === 1))).toMatchFileSnapshot(
        './golden/single-faults.txt',
      );
      await expect(inLines(outcomes.filter(({ faults }) => faults.length === 2))).toMatchFileSnapshot(
        './golden/two-faults.txt',
      );
    },
    mostMs,
  );

  it(
    'promotes the copy of a replicated state on the node that takes over',
    () => {
      const lost = outcomesOfSite('replicatedSite').find(({ title }) => title === 'alpha fails');
      expect(lost?.steps.map(({ kind }) => kind).slice(0, 3)).toEqual(['fence', 'promote', 'start']);
      expect(lost?.service).toEqual({ kind: 'recovers', on: 'bravo' });
    },
    mostMs,
  );
});

describe.skipIf(oracleMissing !== undefined)('A power cut after the fencing device has died', () => {
  const { cluster } = compile(sites.memberWitnessSite, agents);
  const deadThenLost = 'fence-alpha is dead, then alpha fails';

  it('is blocked: Pacemaker starts nothing while the lost node is not fenced', () => {
    const outcome = only(cluster, deadThenLost);
    expect(outcome).toMatchObject({ service: { kind: 'blocked' }, unfenced: 'alpha' });
    expect(outcome?.steps.filter(({ kind }) => kind === 'start')).toEqual([]);
    expect(Object.values(outcome?.after ?? {}).every((node) => node === null)).toBe(true);
  });

  it('is the same for a cluster that has no device at all, where the scheduler itself plans nothing', () => {
    const resources = cluster.cib.resources.filter((each) => each.kind !== 'primitive' || each.class !== 'stonith');
    const constraints = cluster.cib.constraints.filter(({ id }) => !id.startsWith('fence-'));
    const outcome = only({ ...cluster, cib: { ...cluster.cib, resources, constraints } }, 'alpha fails');
    expect(outcome?.steps.filter(({ kind }) => kind === 'start')).toEqual([]);
  });

  it('goes through where another level of the fencing is alive', () => {
    const outcome = only({ ...cluster, cib: withSecondLevel(cluster.cib) }, deadThenLost);
    expect(outcome?.service).toEqual({ kind: 'recovers', on: 'bravo' });
  });

  it('keeps the other node running, and names the one that cannot be fenced, when the idle node is lost', () => {
    const outcome = only(cluster, 'fence-bravo is dead, then bravo fails');
    expect(outcome).toMatchObject({ service: { kind: 'keeps-running' }, unfenced: 'bravo' });
  });
});

describe.skipIf(oracleMissing !== undefined)('A workload that crashes until it is moved', () => {
  const { cluster } = compile(sites.memberWitnessSite, agents);
  const cib = { ...cluster.cib, resourceDefaults: { ...cluster.cib.resourceDefaults, 'failure-timeout': '1s' } };
  const crashes = allFaults(cib, whatCanFail(cluster)).find(({ title }) => title === 'workload-ledger crashes 3 times');

  it('is moved on a slow machine, too, where more time passes between the rounds than failures are remembered', () => {
    const slowly = `mkdir /tmp/slow
printf '#!/bin/sh\\nsleep 2\\nexec /usr/sbin/crm_simulate "$@"\\n' >/tmp/slow/crm_simulate
chmod 755 /tmp/slow/crm_simulate
PATH=/tmp/slow:$PATH
`;
    const outcome = crashes && only({ ...cluster, cib }, crashes.title, slowly);
    expect(outcome?.service).toEqual({ kind: 'recovers', on: 'bravo' });
  }, 60_000);
});

/** Each site is played once. */
function outcomesOfSite(name: keyof typeof sites): Outcomes {
  const outcomes = known.get(name) ?? outcomesOf(compile(sites[name], agents).cluster);
  known.set(name, outcomes);
  return outcomes;
}

function outcomesOf(cluster: ClusterSpec, title?: string, before = '') {
  const { cib, members } = cluster;
  const scenarios = allFaults(cib, whatCanFail(cluster)).filter((each) => title === undefined || each.title === title);
  const script = simulationScript(scenarios, members, promotableIn(cib));
  const outcomes = readSimulation(
    runInImage(`${before}${script}`, {}, proposeCib(undefined, cib, members)).stdout,
    scenarios,
  );
  return scenarios.flatMap(({ faults }, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [{ ...outcome, faults }];
  });
}

function only(cluster: ClusterSpec, title: string, before?: string) {
  return outcomesOf(cluster, title, before)[0];
}

function inLines(outcomes: readonly ScenarioOutcome[]): string {
  return outcomes.map(({ sentence }) => `${sentence}\n`).join('');
}

function withSecondLevel(cib: Cib): Cib {
  const second = cib.resources.flatMap((each) =>
    each.kind === 'primitive' && each.id === 'fence-alpha' ? [{ ...each, id: 'second-alpha' }] : [],
  );
  return {
    ...cib,
    resources: [...cib.resources, ...second],
    fencingLevels: [
      { id: 'level1-alpha', target: 'alpha', index: 1, devices: ['fence-alpha'] },
      { id: 'level2-alpha', target: 'alpha', index: 2, devices: ['second-alpha'] },
    ],
  };
}
