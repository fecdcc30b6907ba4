import { describe, expect, it } from 'vitest';
import type { DrbdStatus, Generations } from '../engines/drbd/index.ts';
import { compile } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { DeviceContent, HostFacts } from './facts.ts';
import { afterSteps, agentTexts, planInput, replicatedSite, withHost } from './machines.fixture.ts';
import { plan } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { describeStep, type Step } from './step.ts';

const fresh = planInput(replicatedSite);
const applied: PlanInput = { ...fresh, facts: afterSteps(fresh.facts, plan(fresh).steps) };
const ofReplica = /DRBD|disks?|drbd0|hold the same/;
const sentences = (input: PlanInput) =>
  plan(input)
    .steps.map(describeStep)
    .filter((sentence) => ofReplica.test(sentence));
const codes = (input: PlanInput) => plan(input).problems.map(({ code }) => code);

describe('A plan for a replicated state', () => {
  it('on fresh machines gives the disks to DRBD, brings them together and makes one file system, before the cluster starts', () => {
    expect(plan(fresh).problems).toEqual([]);
    expect(sentences(fresh)).toEqual([
      'give /dev/vdb on alpha to DRBD',
      'give /dev/vdc on bravo to DRBD',
      'bring the disks of alpha and bravo together',
      'begin with both disks empty, without a copy',
      'make an ext4 file system on /dev/drbd0, from alpha',
    ]);
    const steps = plan(fresh).steps.map(({ kind }) => kind);
    expect(steps.indexOf('make-replica-file-system')).toBeLessThan(steps.indexOf('start-cluster'));
  });

  it('has no steps once it is applied', () => {
    expect(plan(applied)).toMatchObject({ steps: [], problems: [] });
  });

  it('converges from wherever it was killed, and never forgets what was being made', () => {
    const { steps } = plan(fresh);
    for (let done = 0; done < steps.length; done++) {
      const killed = { ...fresh, facts: afterSteps(fresh.facts, steps.slice(0, done)) };
      const again = plan(killed);
      expect(again.problems, describeStep(steps[done] ?? steps[0] ?? fail())).toEqual([]);
      const after = afterSteps(killed.facts, again.steps);
      expect(plan({ ...fresh, facts: after }), `after ${done} steps`).toMatchObject({ steps: [], problems: [] });
    }
  });

  it('copies the whole disk where one was not empty, and waits for it when the cluster serves', () => {
    const input = { ...holding('bravo', data), mayFormat: [{ device: '/dev/vdc', content: 'ext4:u-1' }] };
    expect(sentences(input)).toEqual([
      'give /dev/vdb on alpha to DRBD',
      'give /dev/vdc on bravo to DRBD, destroying ext4:u-1',
      'bring the disks of alpha and bravo together',
      'begin to copy the whole disk of alpha to bravo',
      'make an ext4 file system on /dev/drbd0, from alpha',
      'wait until alpha and bravo hold the same',
    ]);
  });
});

describe('A disk that holds something', () => {
  it('is never given to DRBD without being named with what it holds', () => {
    expect(plan(holding('bravo', data)).problems).toMatchObject([
      {
        code: 'HF-PLAN-DEVICE-HOLDS-DATA',
        message: expect.stringContaining('/dev/vdc on bravo holds data (ext4:u-1)'),
        remedy: expect.stringContaining('--format bravo:/dev/vdc@ext4:u-1'),
      },
    ]);
    const naming = (...mayFormat: PlanInput['mayFormat']) => codes({ ...holding('bravo', data), mayFormat });
    expect(naming({ device: '/dev/vdc', content: 'ext4:another' })).toEqual(['HF-PLAN-DEVICE-HOLDS-DATA']);
    expect(naming({ host: 'alpha', device: '/dev/vdc', content: 'ext4:u-1' })).toEqual(['HF-PLAN-DEVICE-HOLDS-DATA']);
    expect(naming({ host: 'bravo', device: '/dev/vdc', content: 'ext4:u-1' })).toEqual([]);
  });

  it('on both nodes the same, from one image, is given up on the node that is named, and no other', () => {
    if (replicatedSite.state.type !== 'drbd') throw new Error('the fixture has no DRBD');
    const state = { ...replicatedSite.state, disks: ['/dev/vdb', '/dev/vdb'] } as const;
    const twins = planInput({ ...replicatedSite, state });
    const holds = () => ({ devices: { '/dev/vdb': block(data) } });
    const facts = withHost(withHost(twins.facts, 'alpha', holds), 'bravo', holds);
    const word = { device: '/dev/vdb', content: 'ext4:u-1' };
    const refused = (...mayFormat: PlanInput['mayFormat']) =>
      plan({ ...twins, facts, mayFormat }).problems.map(({ message }) => message.split(' ').slice(0, 3).join(' '));
    expect(refused(word)).toEqual(['/dev/vdb on alpha', '/dev/vdb on bravo']);
    expect(refused({ ...word, host: 'alpha' })).toEqual(['/dev/vdb on bravo']);
    expect(refused({ ...word, host: 'alpha' }, { ...word, host: 'bravo' })).toEqual([]);
  });

  it('and is mounted is not taken at all', () => {
    const input = withAlpha({ devices: { '/dev/vdb': { ...block({ kind: 'empty' }), mountedAt: '/home' } } });
    expect(codes(input)).toEqual(['HF-PLAN-DEVICE-IN-USE']);
  });

  it('that nobody knows is not taken for half-made once a cluster has served', () => {
    const unknown = { kind: 'unknown', fingerprint: 'abc' } as const;
    const facts = withHost(applied.facts, 'bravo', (host) => ({
      devices: { '/dev/vdc': block(unknown) },
      replica: { moduleVersion: '8.4.11', report: { kind: 'down', version: '8.4.11' } },
      record: { ...host.record, formatting: [{ device: '/dev/vdc', uuid: 'u' }] },
    }));
    expect(codes({ ...applied, facts })).toEqual(['HF-PLAN-DEVICE-HOLDS-DATA']);
  });

  it('of DRBD is taken as it is, with the file system that is on it', () => {
    const input: PlanInput = { ...fresh, facts: { hosts: fresh.facts.hosts.map(withData) } };
    expect(sentences(input)).toEqual(['bring the disks of alpha and bravo together']);
  });
});

describe('A disk that was replaced', () => {
  const facts = withHost(applied.facts, 'bravo', () => ({
    devices: { '/dev/vdc': block({ kind: 'empty' }) },
    replica: { moduleVersion: '8.4.11', report: { kind: 'down', version: '8.4.11' } },
  }));

  it('gets its notes and all data from the other node; nothing is made anew', () => {
    expect(sentences({ ...applied, facts })).toEqual([
      'give /dev/vdc on bravo to DRBD',
      'bring the disks of alpha and bravo together',
      'wait until alpha and bravo hold the same',
    ]);
  });

  it('gets them also when apply was killed as soon as the notes were made', () => {
    const serving = { ...applied, facts };
    const done = plan(serving).steps.filter(({ kind }) => kind === 'make-replica-end');
    const killed = { ...serving, facts: afterSteps(facts, done) };
    expect(sentences(killed)).toEqual([
      'bring the disks of alpha and bravo together',
      'wait until alpha and bravo hold the same',
    ]);
    expect(plan({ ...killed, facts: afterSteps(killed.facts, plan(killed).steps) }).steps).toEqual([]);
  });

  it('is refused before anything is written when it is smaller than what the data of the other one take up', () => {
    const input = replacedBy({ sizeBytes: 2 ** 28 - 4096 });
    expect(plan(input).problems).toMatchObject([
      {
        code: 'HF-PLAN-DRBD-DISK-SMALL',
        message: expect.stringMatching(
          /\/dev\/vdc on bravo has 256 MiB \(268431360 bytes\).*268386304 bytes.*data of alpha take up 256 MiB \(268390400 bytes\) of \/dev\/vdb/,
        ),
        remedy: expect.stringContaining('268435456 bytes or more'),
      },
    ]);
    expect(sentences(input)).toEqual([]);
  });

  it('is refused so also when --format names it, and when it has new notes but no data yet', () => {
    const named = { device: '/dev/vdc', content: 'ext4:u-1' };
    const used = { ...replacedBy({ sizeBytes: 2 ** 28 - 4096, content: data }), mayFormat: [named] };
    expect(codes(used)).toEqual(['HF-PLAN-DRBD-DISK-SMALL']);
    const content = { kind: 'signature', type: 'drbd', id: 'f00d' } as const;
    const generations = history('0000000000000004');
    const begun = replacedBy({ sizeBytes: 2 ** 28 - 4096, content }, { generations });
    expect(codes(begun)).toEqual(['HF-PLAN-DRBD-DISK-SMALL']);
  });

  it('is taken with exactly the size of the old one, and where the size of the data is not known', () => {
    expect(codes(replacedBy({ sizeBytes: 2 ** 28 }))).toEqual([]);
    const small = { '/dev/vdc': { ...block({ kind: 'empty' }), sizeBytes: 2 ** 28 - 4096 } };
    expect(codes({ ...applied, facts: withHost(facts, 'bravo', () => ({ devices: small })) })).toEqual([]);
  });

  /** Where alpha's data take up all that DRBD leaves of 256 MiB. */
  function replacedBy(change: Partial<ReturnType<typeof block>>, report: { readonly generations?: Generations } = {}) {
    const disk = { ...block({ kind: 'empty' }), ...change };
    const alpha = withHost(facts, 'alpha', ({ replica }) => ({
      replica: { report: null, ...replica, usedBytes: 268_390_400 },
    }));
    const bravo = { moduleVersion: '8.4.11', report: { kind: 'down', version: '8.4.11', ...report } } as const;
    return {
      ...applied,
      facts: withHost(alpha, 'bravo', () => ({ devices: { '/dev/vdc': disk }, replica: bravo })),
    };
  }
});

describe('A copy on its way', () => {
  it('is waited for, and the plan says how far it is and what cannot be done meanwhile', () => {
    const input = status('bravo', {
      disk: 'Inconsistent',
      replication: 'SyncTarget',
      progress: { percent: 43, secondsLeft: 60 },
    });
    expect(sentences(input)).toEqual(['wait until alpha and bravo hold the same']);
    expect(plan(input).notes).toContainEqual(
      expect.stringMatching(/onto bravo is on its way at 43 %.*only alpha's data are good, and nothing can be moved/),
    );
  });

  it("is told of once, with the source's data as the good ones, when both ends or the source alone tell of it", () => {
    const source = status('alpha', { replication: 'SyncSource', progress: { percent: 43 } });
    const both = status('bravo', { disk: 'Inconsistent', replication: 'SyncTarget' }, source);
    const notes = [source, both].map((input) => plan(input).notes.filter((note) => note.includes('copy')));
    const told = expect.stringMatching(/^A copy onto bravo is on its way at 43 %.*only alpha's data are good/);
    expect(notes).toEqual([[told], [told]]);
  });
});

describe('While a copy is on its way and the cluster serves', () => {
  const pending = (effect: string, of: PlanInput): PlanInput => ({
    ...of,
    facts: withHost(of.facts, 'alpha', ({ record }) => ({ record: { ...record, pending: [effect] } })),
  });
  const copying = status('alpha', { replication: 'SyncSource' }, status('bravo', { replication: 'SyncTarget' }));
  const kinds = (input: PlanInput, ...asked: readonly Step['kind'][]) =>
    plan(input)
      .steps.map(({ kind }) => kind)
      .filter((kind) => ['await-sync', ...asked].includes(kind));

  it('the end that serves is told of another configuration only when it is complete', () => {
    const input = pending('adjust-replica', copying);
    expect(kinds(input, 'adjust-replica')).toEqual(['await-sync', 'adjust-replica']);
    expect(sentences(input)[0]).toBe('wait until alpha and bravo hold the same, before anything there is restarted');
  });

  it('the cluster is restarted only when it is complete, and also when the same plan begins it', () => {
    expect(kinds(pending('restart-cluster', copying), 'restart-cluster')).toEqual(['await-sync', 'restart-cluster']);
    const replaced = withHost(applied.facts, 'bravo', () => ({
      devices: { '/dev/vdc': block({ kind: 'empty' }) },
      replica: { moduleVersion: '8.4.11', report: { kind: 'down', version: '8.4.11' } },
    }));
    expect(
      kinds(pending('restart-cluster', { ...applied, facts: replaced }), 'join-replica', 'restart-cluster'),
    ).toEqual(['join-replica', 'await-sync', 'restart-cluster']);
  });

  it('the state is not taken from its only good end by a change to the cluster', () => {
    const other = { ...copying, site: otherAddress, blueprint: compile(otherAddress, agentTexts) };
    expect(plan(other)).toMatchObject({ disruption: 'outage', problems: [] });
    expect(kinds(other, 'replace-cib')).toEqual(['await-sync', 'replace-cib']);
  });

  it('a cluster that does not run is not kept from starting', () => {
    const hosts = copying.facts.hosts.map(
      (host): HostFacts =>
        host.cluster.kind === 'running' ? { ...host, cluster: { ...host.cluster, kind: 'stopped' } } : host,
    );
    const down = { ...copying, facts: { hosts }, site: otherAddress, blueprint: compile(otherAddress, agentTexts) };
    expect(kinds(down, 'replace-cib')).toEqual(['replace-cib', 'await-sync']);
  });

  it('what disturbs nobody does not wait', () => {
    expect(kinds(pending('reload-corosync', copying), 'reload-corosync')).toEqual(['reload-corosync', 'await-sync']);
  });
});

it('A change that stops the state is refused while its only good end is not connected to one that is half copied', () => {
  const { facts } = status('alpha', { connection: 'Connecting', replication: 'Off', peerDisk: 'DUnknown' });
  const half = status(
    'bravo',
    { disk: 'Inconsistent', connection: 'Connecting', replication: 'Off' },
    { ...applied, facts },
  );
  expect(plan(half)).toMatchObject({ disruption: 'none', problems: [] });
  const other = { ...half, site: otherAddress, blueprint: compile(otherAddress, agentTexts) };
  expect(plan(other).problems).toMatchObject([
    { code: 'HF-PLAN-DRBD-HALF-COPIED', message: expect.stringMatching(/\/dev\/vdc of bravo is half copied.*alpha/) },
  ]);
});

describe('A first copy of a whole disk, of which apply was killed at 40 %,', () => {
  const input = { ...holding('bravo', data), mayFormat: [{ device: '/dev/vdc', content: 'ext4:u-1' }] };
  const { steps } = plan(input);
  const killedBefore = (kind: Step['kind']) => {
    const done = steps.slice(
      0,
      steps.findIndex((step) => step.kind === kind),
    );
    const at40 = { progress: { percent: 40 } };
    const killed = { ...fresh, facts: afterSteps(input.facts, done) };
    return status('bravo', at40, status('alpha', at40, killed));
  };

  it('is waited for by the next one, and neither begun anew nor taken for done, before the cluster serves and after', () => {
    const early = killedBefore('make-replica-file-system');
    expect(plan(early).problems).toEqual([]);
    expect(sentences(early).filter((sentence) => !sentence.startsWith('let DRBD read'))).toEqual([
      'make an ext4 file system on /dev/drbd0, from alpha',
      'wait until alpha and bravo hold the same',
    ]);
    const late = killedBefore('await-sync');
    expect(sentences(late).filter((sentence) => !sentence.startsWith('let DRBD read'))).toEqual([
      expect.stringMatching(/^wait until alpha and bravo hold the same/),
    ]);
    expect(plan(late).notes).toContainEqual(expect.stringMatching(/^A copy onto bravo is on its way at 40 %/));
  });

  it('goes on and is waited for when DRBD was stopped on both since, and nobody else starts it', () => {
    expect(sentences(stopped(killedBefore('start-cluster')))).toEqual([
      'bring the disks of alpha and bravo together',
      'wait until alpha and bravo hold the same',
    ]);
  });

  it('is not waited for while the two of a cluster that serves are not connected; then the plan says so', () => {
    const { steps: none, notes } = plan(stopped(applied));
    expect(none).toEqual([]);
    expect(ofDisks(notes)).toEqual([
      expect.stringMatching(/^\/dev\/vdc of bravo is half copied.*only alpha's data are good/),
    ]);
  });

  it('that has ended with blocks that could not be read is not taken for done', () => {
    expect(sentences(status('bravo', { disk: 'Inconsistent' }))).toEqual(['wait until alpha and bravo hold the same']);
  });

  function stopped(of: PlanInput): PlanInput {
    const notes = { consistent: true, upToDate: true, wasPrimary: false, wasConnected: true, peerStale: false };
    const report = { kind: 'down', version: '8.4.11', generations: history('0C06A5CC3130CFE0'), notes } as const;
    const change = (consistent: boolean) => (host: HostFacts) => ({
      replica: { ...host.replica, report: { ...report, notes: { ...notes, consistent } } },
    });
    return { ...of, facts: withHost(withHost(of.facts, 'alpha', change(true)), 'bravo', change(false)) };
  }
});

it('A disk that DRBD has let go is told of', () => {
  const notes = plan(status('bravo', { disk: 'Diskless' })).notes;
  expect(ofDisks(notes)).toEqual([expect.stringContaining('DRBD has let /dev/vdc of bravo go')]);
});

describe('Refused is', () => {
  it('a kernel without the module, and one with a module that is not known', () => {
    expect(plan(withAlpha({ replica: { report: null } })).problems).toMatchObject([
      { code: 'HF-PLAN-DRBD-MODULE', message: expect.stringContaining('6.1.0-44-amd64') },
    ]);
    expect(codes(withAlpha({ replica: { moduleVersion: '8.3.16', report: null } }))).toEqual(['HF-PLAN-DRBD-MODULE']);
  });

  it('a disk that is too small, and one that is not there', () => {
    const small = { ...block({ kind: 'empty' }), sizeBytes: 2 ** 20 };
    expect(codes(withAlpha({ devices: { '/dev/vdb': small } }))).toEqual(['HF-PLAN-DRBD-DISK-SMALL']);
    expect(codes(withAlpha({ devices: { '/dev/vdb': { kind: 'absent' } } }))).toEqual(['HF-PLAN-DEVICE-MISSING']);
  });

  it('what DRBD itself would not bring together', () => {
    const split = bothHaving(
      { ...history('AAAAAAAAAAAAAAA0'), bitmap: 'CCCCCCCCCCCCCCC0' },
      { ...history('BBBBBBBBBBBBBBB0'), bitmap: 'CCCCCCCCCCCCCCC0' },
    );
    expect(codes(split)).toEqual(['HF-PLAN-DRBD-SPLIT-BRAIN']);
    const forgotten = bothHaving(
      { ...history('AAAAAAAAAAAAAAA0'), bitmap: 'CCCCCCCCCCCCCCC0', forgetful: true },
      { ...history('BBBBBBBBBBBBBBB0'), bitmap: 'DDDDDDDDDDDDDDD0', forgetful: true },
    );
    const [one, other] = [split, forgotten].map((input) => plan(input).problems[0]);
    expect(one?.remedy).not.toContain('wipefs');
    expect(other).toMatchObject({ code: 'HF-PLAN-DRBD-SPLIT-BRAIN', remedy: expect.stringContaining('wipefs') });
    expect(codes(bothHaving(history('AAAAAAAAAAAAAAA0'), history('BBBBBBBBBBBBBBB0')))).toEqual([
      'HF-PLAN-DRBD-UNRELATED',
    ]);
  });
});

it('Two disks of different sizes are taken, and the plan says what stays unused', () => {
  const input = withAlpha({ devices: { '/dev/vdb': { ...block({ kind: 'empty' }), sizeBytes: 2 ** 29 } } });
  expect(plan(input).problems).toEqual([]);
  expect(plan(input).notes).toContainEqual(
    '/dev/vdc of bravo is smaller than /dev/vdb of alpha: 256 MiB of that one stay unused.',
  );
});

const otherAddress: Site = { ...replicatedSite, address: { ip: '10.77.1.101', prefixLength: 24 } };

const data: DeviceContent = { kind: 'filesystem', type: 'ext4', uuid: 'u-1' };

function block(content: DeviceContent) {
  return { kind: 'block', sizeBytes: 2 ** 28, holders: [], content } as const;
}

function holding(host: string, content: DeviceContent): PlanInput {
  const disk = host === 'alpha' ? '/dev/vdb' : '/dev/vdc';
  return { ...fresh, facts: withHost(fresh.facts, host, () => ({ devices: { [disk]: block(content) } })) };
}

function withAlpha(change: Partial<HostFacts>): PlanInput {
  return { ...fresh, facts: withHost(fresh.facts, 'alpha', () => change) };
}

function withData(host: HostFacts): HostFacts {
  if (host.replica === undefined) return host;
  return {
    ...host,
    devices: Object.fromEntries(
      Object.keys(host.devices).map((disk) => [disk, block({ kind: 'signature', type: 'drbd', id: 'f00d' })]),
    ),
    replica: {
      moduleVersion: '8.4.11',
      report: { kind: 'down', version: '8.4.11', generations: history('0C06A5CC3130CFE0') },
      fileSystem: { type: 'ext4', uuid: 'u-1' },
    },
  };
}

function history(current: string): Generations {
  return { current, bitmap: '0000000000000000', history: ['0000000000000000', '0000000000000000'] };
}

function bothHaving(one: Generations, other: Generations): PlanInput {
  const set = (input: PlanInput, host: string, generations: Generations) => ({
    ...input,
    facts: withHost(input.facts, host, ({ replica }) => ({
      replica: { ...replica, report: { kind: 'down', version: '8.4.11', generations } as const },
    })),
  });
  return set(set({ ...fresh, facts: { hosts: fresh.facts.hosts.map(withData) } }, 'alpha', one), 'bravo', other);
}

function status(host: string, change: Partial<DrbdStatus>, of: PlanInput = applied): PlanInput {
  const facts = withHost(of.facts, host, ({ replica }) => {
    if (replica?.report?.kind !== 'up') throw new Error('the replica is up');
    return { replica: { ...replica, report: { ...replica.report, status: { ...replica.report.status, ...change } } } };
  });
  return { ...of, facts };
}

function fail(): never {
  throw new Error('a plan without steps');
}

/** The fixture's probe is shorter than writes may be held, which the plan says as well. */
function ofDisks(notes: readonly string[]): readonly string[] {
  return notes.filter((note) => !note.startsWith('When the passive node is lost'));
}
