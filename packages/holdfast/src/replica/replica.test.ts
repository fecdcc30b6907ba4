import { describe, expect, it } from 'vitest';
import { systemClock } from '../core/index.ts';
import type { DrbdReport, DrbdStatus, Generations } from '../engines/drbd/index.ts';
import type { Host, RunOptions } from '../hosts/index.ts';
import { replicatedSite as siteFixture } from '../patterns/active-passive/sites.fixture.ts';
import { remedyOf, verdictOf } from './describe-replica.ts';
import { inspectSides } from './inspect-sides.ts';
import { keepCopy } from './keep-copy.ts';
import { type ReplicaView, readReplica, replicatedSite } from './read-replica.ts';
import { planResolution, resolveReplica } from './resolve-replica.ts';

const replicated = replicatedSite(siteFixture);
const { signal } = new AbortController();

const good: DrbdStatus = {
  role: 'Secondary',
  disk: 'UpToDate',
  connection: 'Connected',
  peerRole: 'Secondary',
  peerDisk: 'UpToDate',
  replication: 'Established',
  outOfSyncBytes: 0,
  suspended: false,
};
const alone = { connection: 'StandAlone', replication: 'Off', peerDisk: 'DUnknown', peerRole: 'Unknown' } as const;

describe('What is said of the two copies', () => {
  it.each<[string, ReplicaView, boolean, RegExp]>([
    ['both good', view(up({}), up({})), true, /every acknowledged write is on alpha and bravo$/],
    ['both written alone', split(), false, /SPLIT BRAIN: alpha and bravo/],
    ['one silent', view(up({}), null), false, /not known: bravo does not say \(no route\)/],
    ['one not up', view(up({}), { kind: 'down', version: '8.4.11' }), false, /one copy only: DRBD is not up on bravo/],
    [
      'one copying',
      view(up({}), up({ disk: 'Inconsistent', replication: 'SyncTarget', progress: { percent: 43, secondsLeft: 61 } })),
      false,
      /bravo is copying, 43.0 %, 61 s left/,
    ],
    ['apart', view(up({ ...alone }), up({ ...alone })), false, /not connected/],
    ['differing', view(up({ outOfSyncBytes: 4096 }), up({})), false, /two copies that differ: 4.0 KiB/],
  ])('%s', (_, each, isGood, text) => {
    expect(verdictOf(each)).toMatchObject({ good: isGood, text: expect.stringMatching(text) });
  });

  it('names the command for a node that came back alone and cannot know whether its data are the newest', () => {
    const waiting = view(up({ ...alone, disk: 'Consistent', connection: 'Connecting' }), null);
    expect(remedyOf(waiting, 'site.yaml')).toContain('holdfast state resolve site.yaml --discard bravo');
    expect(remedyOf(view(up({}), null), 'site.yaml')).toBeUndefined();
  });

  it('names it too where the disk says that it is good, which the other node may have forbidden to serve', () => {
    const good = view(up({ ...alone, connection: 'Connecting' }), null);
    expect(remedyOf(good, 'site.yaml')).toContain('unless bravo went on alone since');
    expect(planResolution(good, 'bravo')).toMatchObject({ kind: 'go-on-alone', winner: 'alpha' });
    const serving = view(up({ ...alone, role: 'Primary', connection: 'Connecting' }), null);
    expect(code(() => planResolution(serving, 'bravo'))).toBe('HF-STATE-NOTHING-TO-RESOLVE');
  });

  it('names no such command for a node whose data are out of date, because it would be refused', () => {
    const outdated = view(up({ ...alone, disk: 'Outdated', connection: 'Connecting' }), null);
    expect(remedyOf(outdated, 'site.yaml')).toMatch(/^The disk of alpha is out of date.*Switch bravo on/);
    expect(remedyOf(outdated, 'site.yaml')).not.toContain('--discard');
  });
});

describe('A node whose data shall be given up', () => {
  it('is taken in a split brain, also where it serves, if the other one can serve in its place', () => {
    const resolution = { kind: 'discard', loser: 'alpha', winner: 'bravo', loserServes: true };
    expect(planResolution(split({ role: 'Primary' }), 'alpha')).toEqual(resolution);
    expect(planResolution(split(), 'bravo')).toEqual({
      ...resolution,
      loser: 'bravo',
      winner: 'alpha',
      loserServes: false,
    });
    const gone = split({ role: 'Primary' }, { disk: 'Diskless' });
    expect(code(() => planResolution(gone, 'alpha'))).toBe('HF-STATE-DISCARD-SERVING');
  });

  it('is not taken where what would be kept is out of date, whatever a person says', () => {
    expect(code(() => planResolution(split({ disk: 'Outdated' }), 'bravo'))).toBe('HF-STATE-STALE');
    const outdated = view(up({ ...alone, disk: 'Outdated' }), null);
    expect(() => planResolution(outdated, 'bravo')).toThrow(/bravo went on writing without it/);
    const both = split({ disk: 'Outdated' }, { disk: 'Outdated' });
    expect(planResolution(both, 'bravo')).toMatchObject({ kind: 'discard', winner: 'alpha' });
  });

  it('is not taken where the two do not contradict each other, and must be one of the two', () => {
    expect(code(() => planResolution(view(up({}), up({})), 'bravo'))).toBe('HF-STATE-NOTHING-TO-RESOLVE');
    expect(code(() => planResolution(split(), 'charlie'))).toBe('HF-STATE-NODE');
  });

  it('may be one that is not there, when the other waits for it', () => {
    const waiting = view(up({ ...alone, disk: 'Consistent' }), null);
    expect(planResolution(waiting, 'bravo')).toMatchObject({ kind: 'go-on-alone', winner: 'alpha' });
    expect(code(() => planResolution(waiting, 'alpha'))).toBe('HF-STATE-NOTHING-TO-RESOLVE');
  });
});

describe('Discarding the data of the node that serves', () => {
  it('hands the site over to the other node before it copies and overwrites anything', async () => {
    const world = splitWhereAlphaServes('room 9000 2000\n');
    const resolution = planResolution(await readReplica(replicated, world), 'alpha');
    expect(resolution).toMatchObject({ kind: 'discard', winner: 'bravo', loserServes: true });
    const result = await resolveReplica(replicated, resolution, { ...world, copyPath: '/mnt/alpha.img' });
    expect(result.kept).toEqual({ node: 'alpha', path: '/mnt/alpha.img', bytes: 2000 });
    expect(world.did).toEqual(['alpha: only bravo', 'alpha: copy', 'alpha: discard', 'bravo: adjust']);
  });

  it('goes on with the copy and says so where the other node does not serve in its place', async () => {
    const notes: (string | undefined)[] = [];
    const world = splitWhereAlphaServes('room 9000 2000\n', { bravoServes: false });
    const resolution = planResolution(await readReplica(replicated, world), 'alpha');
    await resolveReplica(replicated, resolution, {
      ...world,
      copyPath: '/mnt/alpha.img',
      progress: (event) => {
        if (event.kind === 'task-finished' && event.id === 'stop') notes.push(event.note);
      },
    });
    expect(notes).toEqual(['bravo does not serve yet: see holdfast status']);
    expect(world.did).toContain('alpha: discard');
  });

  it('says so where the cluster has its hands off the site, and waits for nothing', async () => {
    const world = splitWhereAlphaServes('room 9000 2000\n', { refusal: 'the whole site is in maintenance' });
    const resolution = planResolution(await readReplica(replicated, world), 'alpha');
    await expect(
      resolveReplica(replicated, resolution, { ...world, copyPath: '/mnt/alpha.img' }),
    ).rejects.toMatchObject({ code: 'HF-STATE-RESOLVE', message: expect.stringContaining('is in maintenance') });
    expect(world.did).toEqual([]);
  });

  it('stops nothing where there is no room for the copy', async () => {
    const world = splitWhereAlphaServes('room 1000 2000\n');
    const resolution = planResolution(await readReplica(replicated, world), 'alpha');
    await expect(
      resolveReplica(replicated, resolution, { ...world, copyPath: '/mnt/alpha.img' }),
    ).rejects.toMatchObject({ code: 'HF-STATE-COPY-SPACE' });
    expect(world.did).toEqual([]);
  });
});

describe('The copy of a loser', () => {
  const ask = (host: Host) =>
    keepCopy({ host, disk: '/dev/vdb', path: '/mnt/usb/bravo.img', progress: () => {}, signal });

  it('is not begun without room for all of it', async () => {
    const host = answering({ run: 'room 1000 2000\n' });
    await expect(ask(host)).rejects.toMatchObject({ code: 'HF-STATE-COPY-SPACE' });
  });

  it('does not overwrite a file', async () => {
    await expect(ask(answering({ run: 'exists\n' }))).rejects.toMatchObject({ code: 'HF-STATE-COPY' });
  });

  it('counts only when it was compared and found whole, and not when the connection was lost', async () => {
    const room = 'room 4000 2000\n';
    const whole = await ask(answering({ run: room, lines: ['at 1000', 'at 2000', 'whole'] }));
    expect(whole).toEqual({ node: 'bravo', path: '/mnt/usb/bravo.img', bytes: 2000 });
    await expect(ask(answering({ run: room, lines: ['at 1000'] }))).rejects.toMatchObject({ code: 'HF-STATE-COPY' });
    const differs = answering({ run: room, lines: ['failed /dev/vdb differs: byte 7'] });
    await expect(ask(differs)).rejects.toMatchObject({ message: expect.stringContaining('byte 7') });
  });
});

it('Both sides are shown with what each alone has, and the newest files, without a write to either', async () => {
  const scripts: string[] = [];
  const host = answering({ run: '1795228200.5000000000 ledger/entries.db\n1795228100.0 notes\n', seen: scripts });
  const sides = await inspectSides(replicated, split(), { get: () => host }, signal);
  expect(sides[1]).toMatchObject({
    node: 'bravo',
    changedBytes: 8192,
    lastWrittenAtMs: 1_795_228_200_500,
    newest: [{ path: 'ledger/entries.db' }, { path: 'notes' }],
  });
  expect(scripts[1]).toMatch(/flushbufs[\s\S]*--read-only/);
  expect(scripts[1]).toContain('ro,noload');
});

it('A node that cannot be asked is part of what is read, and a site with one device has no two copies', async () => {
  const host = answering({ run: 'kernel none\n' });
  const read = await readReplica(replicated, { get: () => host });
  expect(read.ends.map(({ report }) => report?.kind)).toEqual(['no-module', 'no-module']);
  const shared = { ...siteFixture, state: { ...siteFixture.state, type: 'shared-block', device: '/dev/sdb' } as const };
  expect(code(() => replicatedSite(shared))).toBe('HF-STATE-NOT-REPLICATED');
});

function up(change: Partial<DrbdStatus>): DrbdReport {
  return { kind: 'up', version: '8.4.11', status: { ...good, ...change } };
}

function view(
  one: DrbdReport | null,
  other: DrbdReport | null,
  relation: ReplicaView['relation'] = 'same',
): ReplicaView {
  const end = (node: string, report: DrbdReport | null) =>
    report === null ? { node, disk: '/dev/vdb', report, why: 'no route' } : { node, disk: '/dev/vdb', report };
  return { site: 'mill-3', ends: [end('alpha', one), end('bravo', other)], relation };
}

function split(alpha: Partial<DrbdStatus> = {}, bravo: Partial<DrbdStatus> = {}): ReplicaView {
  const generations = (current: string): Generations => ({
    current,
    bitmap: '0C06A5CC3130CFE0',
    history: ['0000000000000000', '0000000000000000'],
  });
  const written = { ...alone, outOfSyncBytes: 8192 };
  return view(
    up({ ...written, ...alpha, generations: generations('DFE1B1627CCD143E') }),
    up({ ...written, ...bravo, generations: generations('17E1566C25BB90DC') }),
    'split-brain',
  );
}

/** Two nodes that have both written: alpha serves until only bravo may, and follows bravo once it was told to. */
function splitWhereAlphaServes(
  room: string,
  { refusal, bravoServes = true }: { readonly refusal?: string; readonly bravoServes?: boolean } = {},
) {
  const did: string[] = [];
  const line = (name: string) => {
    const followed = did.includes('bravo: adjust');
    const serves = (name === 'bravo') === did.includes('alpha: only bravo') && (name === 'alpha' || bravoServes);
    const roles = serves ? 'Primary/Unknown' : 'Secondary/Unknown';
    const state = followed
      ? `cs:Connected ro:${roles} ds:UpToDate/UpToDate`
      : `cs:StandAlone ro:${roles} ds:UpToDate/DUnknown`;
    const current = name === 'alpha' || followed ? 'DFE1B1627CCD143E' : '17E1566C25BB90DC';
    return `kernel 8.4.11\nproc  0: ${state} C r-----\nproc     oos:0\ngenerations ${current}:0C06A5CC3130CFE0:0000000000000000:0000000000000000:1:1:1:0:0:0:0\n`;
  };
  const get = (name: string): Host => ({
    name,
    async run(script: string) {
      if (script.includes('get-gi')) return { exitCode: 0, stdout: line(name), stderr: '' };
      if (script.includes('blockdev --getsize64')) return { exitCode: 0, stdout: room, stderr: '' };
      if (refusal !== undefined && script.includes('maintenance-mode')) {
        return { exitCode: 1, stdout: '', stderr: refusal };
      }
      const only = /cibadmin --replace[^\n]*operation="ne" value="(\w+)"/.exec(script)?.[1];
      did.push(`${name}: ${only ? `only ${only}` : script.includes('--discard-my-data') ? 'discard' : 'adjust'}`);
      return { exitCode: 0, stdout: '', stderr: '' };
    },
    async *lines() {
      did.push(`${name}: copy`);
      yield 'whole';
    },
    async close() {},
  });
  let nowMs = 0;
  const clock = {
    ...systemClock,
    now: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  return { did, get, hosts: { get }, clock, progress: () => {}, signal };
}

function answering(answers: {
  readonly run: string;
  readonly lines?: readonly string[];
  readonly seen?: string[];
}): Host {
  return {
    name: 'bravo',
    async run(script: string, _options?: RunOptions) {
      answers.seen?.push(script);
      return { exitCode: 0, stdout: answers.run, stderr: '' };
    },
    async *lines() {
      yield* answers.lines ?? [];
    },
    async close() {},
  };
}

function code(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'another error';
  }
  return 'fine';
}
