import { describe, expect, it } from 'vitest';
import {
  checkFailure,
  proposeCib,
  readSimulation,
  type Scenario,
  type SimulatedEvent,
  type SimulatedStep,
  simulationScript,
} from '../../src/engines/pacemaker/index.ts';
import { agents, sites } from '../../src/patterns/active-passive/sites.fixture.ts';
import { compile, workloadId } from '../../src/patterns/index.ts';
import type { Site } from '../../src/site/index.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

const active = 'alpha';
const passive = 'bravo';

describe.skipIf(oracleMissing !== undefined).each([
  ['a witness that is a member', sites.memberWitnessSite],
  ['a qnetd witness', sites.qnetdSite],
  ['no witness', sites.twoNodeSite],
])("Pacemaker's scheduler, for a site with %s", (_, site) => {
  const everything = ['state', 'address', ...site.workloads.map(workloadId)];
  const workload = workloadId(site.workloads[0]);
  const { cib } = compile(site, agents).cluster;
  const crash = checkFailure(cib, workload);
  const threshold = Number(cib.resourceDefaults['migration-threshold']);
  const scenarios = {
    activeFails: { title: 'the active node fails', rounds: [[fails(active)]] },
    passiveFails: { title: 'the passive node fails', rounds: [[fails(passive)]] },
    crash: { title: 'a crash', rounds: [[crash]] },
    crashes: { title: 'crash after crash', rounds: [Array<SimulatedEvent>(threshold).fill(crash)] },
    returns: {
      title: 'the failed node returns',
      rounds: [[fails(active)], [{ kind: 'node-returns', node: active }], []],
    },
    stopFails: {
      title: 'a stop fails',
      rounds: [[crash, { kind: 'action-fails', resource: workload, action: 'stop' }], []],
    },
    startFailsOnSurvivor: {
      title: 'a start fails on the survivor',
      rounds: [[fails(active), { kind: 'action-fails', resource: workload, action: 'start', node: passive }], []],
    },
    isolated: { title: 'the active node is isolated', rounds: [[{ kind: 'quorum-lost' }]] },
  } as const satisfies Record<string, Scenario>;
  const outcome = play(site, scenarios);

  it('fences the failed active node first, then starts everything on the other', () => {
    const { steps, after } = outcome('activeFails');
    expect(steps).toEqual([
      expect.objectContaining({ kind: 'fence', node: active }),
      ...everything.map((resource) => ({ kind: 'start', resource, node: passive })),
    ]);
    expect(after).toEqual(allOn(passive));
  });

  it('moves nothing when the passive node fails', () => {
    const { steps, after } = outcome('passiveFails');
    expect(steps.map(({ kind }) => kind)).toEqual(['fence']);
    expect(after).toEqual(allOn(active));
  });

  it('restarts a crashed workload in its place', () => {
    const { steps, after } = outcome('crash');
    expect(nodesOf(steps)).toEqual([active]);
    expect(after).toEqual(allOn(active));
  });

  it('moves a workload that keeps crashing, with all it needs', () => {
    expect(outcome('crashes').after).toEqual(allOn(passive));
  });

  it('moves nothing back when the failed node returns', () => {
    const { steps, after } = outcome('returns');
    expect(after).toEqual(allOn(passive));
    expect(steps.filter(({ kind }) => kind === 'stop')).toEqual([]);
  });

  it('fences the node on which a stop fails, and moves everything', () => {
    const { steps, after } = outcome('stopFails');
    expect(steps.filter(({ kind }) => kind === 'fence')).toEqual([expect.objectContaining({ node: active })]);
    expect(after).toEqual(allOn(passive));
  });

  it('tries a start again that failed on the last survivor', () => {
    const { steps, after } = outcome('startFailsOnSurvivor');
    expect(steps.filter((step) => step.kind === 'start' && step.resource === workload).length).toBe(2);
    expect(after).toEqual(allOn(passive));
  });

  it('stops everything on a node without quorum, and fences nobody', () => {
    const { steps, stopped } = outcome('isolated');
    expect([...stopped].sort()).toEqual([...everything].sort());
    expect(steps.every(({ kind }) => kind === 'stop')).toBe(true);
  });

  function allOn(node: string) {
    return Object.fromEntries(everything.map((resource) => [resource, node]));
  }
});

describe.skipIf(oracleMissing !== undefined)("Pacemaker's scheduler", () => {
  it('blocks after a failed stop where nothing can fence, rather than start it twice', () => {
    const { cib } = compile(sites.noFencingSite, agents).cluster;
    const crash = checkFailure(cib, 'workload-ledger');
    const scenario: Scenario = {
      title: 'a stop fails',
      rounds: [[crash, { kind: 'action-fails', resource: 'workload-ledger', action: 'stop' }], []],
    };
    const { steps } = play(sites.noFencingSite, { scenario })('scenario');
    expect(steps.filter(({ kind }) => kind === 'fence')).toEqual([]);
    expect(steps.filter((step) => step.kind === 'start' && step.resource === 'workload-ledger')).toEqual([]);
  });

  it('would leave a site without a fence agent for its witness standing still: a start waits for the fencing of every lost member', () => {
    const { cib, members } = compile(sites.memberWitnessSite, agents).cluster;
    const scenario: Scenario = {
      title: 'the witness is lost and a workload crashes',
      rounds: [[{ kind: 'node-fails', node: 'charlie' }, checkFailure(cib, 'workload-ledger')]],
    };
    const { steps } = run(proposeCib(undefined, cib, members), members, { scenario })('scenario');
    const fenced = steps.findIndex((step) => step.kind === 'fence' && step.node === 'charlie');
    const started = steps.findIndex((step) => step.kind === 'start');
    expect(fenced).toBeGreaterThanOrEqual(0);
    expect(started).toBeGreaterThan(fenced);
  });

  it('notices a configuration that prefers a node: everything moves back when it returns', () => {
    const { cib, members } = compile(sites.memberWitnessSite, agents).cluster;
    const constraints = [
      ...cib.constraints,
      { kind: 'location', id: 'wrong', resource: 'active', node: 'alpha', score: 5000 } as const,
    ];
    const scenario: Scenario = {
      title: 'the failed node returns',
      rounds: [[{ kind: 'node-fails', node: 'alpha' }], [{ kind: 'node-returns', node: 'alpha' }], []],
    };
    const { after } = run(proposeCib(undefined, { ...cib, constraints }, members), members, { scenario })('scenario');
    expect(after.state).toBe('alpha');
  });
});

/** Plays all scenarios in one go when the first outcome is asked for. */
function play<Name extends string>(site: Site, scenarios: Readonly<Record<Name, Scenario>>) {
  const { cib, members } = compile(site, agents).cluster;
  return run(proposeCib(undefined, cib, members), members, scenarios);
}

function run<Name extends string>(
  cib: string,
  members: readonly string[],
  scenarios: Readonly<Record<Name, Scenario>>,
) {
  const list = Object.values<Scenario>(scenarios);
  let outcomes: ReturnType<typeof readSimulation> | undefined;
  return (name: Name) => {
    outcomes ??= readSimulation(runInImage(simulationScript(list, members), {}, cib).stdout, list);
    const outcome = outcomes[list.indexOf(scenarios[name])];
    if (outcome === undefined) throw new Error(`no outcome of ${name}`);
    return outcome;
  };
}

function fails(node: string): SimulatedEvent {
  return { kind: 'node-fails', node };
}

function nodesOf(steps: readonly SimulatedStep[]): string[] {
  return [...new Set(steps.map(({ node }) => node))];
}
