import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../core/index.ts';
import type { DrbdReport, DrbdStatus, Generations } from '../engines/drbd/index.ts';
import type { Host, RunOptions } from '../hosts/index.ts';
import { replicatedSite as siteFixture } from '../patterns/active-passive/sites.fixture.ts';
import { remedyOf, verdictOf } from './describe-replica.ts';
import { inspectSides } from './inspect-sides.ts';
import { keepCopy } from './keep-copy.ts';
import { planResolution } from './plan-resolution.ts';
import { type ReplicaView, readReplica, replicatedSite } from './read-replica.ts';

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

  it('names the way to start the cluster on the other node where that one answers, and no way to go on without it', () => {
    const waiting = up({ ...alone, disk: 'Consistent', connection: 'Connecting' });
    const remedy = remedyOf(view(waiting, downOf('17E1566C25BB90DC')), 'site.yaml');
    expect(remedy).toContain('Start the cluster on bravo (as root there: systemctl start corosync pacemaker');
    expect(remedy).not.toContain('--discard');
    const unread = remedyOf(view(waiting, { kind: 'no-module' }), 'site.yaml');
    expect(unread).toMatch(
      /Start the cluster.*Only if the disk of bravo is dead: switch bravo off, then .*--discard bravo$/,
    );
    const older = remedyOf(view(waiting, downOf('17E1566C25BB90DC'), 'second-newer'), 'site.yaml');
    expect(older).toMatch(/^The disk of alpha is out of date: bravo went on.*Start the cluster on bravo/);
  });
});

describe('A node whose data shall be given up', () => {
  it('is not taken for lost where it answers and only does not say how its DRBD is', () => {
    const [alpha, { isSilent: _, ...answering }] = view(up({ ...alone, disk: 'Consistent' }), null).ends;
    const mute = { site: 'mill-3', ends: [alpha, answering], relation: null } as const;
    expect(() => planResolution(mute, 'bravo')).toThrow(/bravo answers, and does not say how its DRBD is: no route/);
    expect(code(() => planResolution(mute, 'bravo'))).toBe('HF-STATE-NOT-READY');
    expect(remedyOf(mute, 'site.yaml')).toMatch(/Mend that first.*switch bravo off, then .*--discard bravo$/);
  });

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
    expect(() => planResolution(gone, 'alpha')).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ remedy: expect.stringContaining('Discard bravo instead') })],
      }),
    );
  });

  it('is not taken where what would be kept is out of date, whatever a person says', () => {
    expect(code(() => planResolution(split({ disk: 'Outdated' }), 'bravo'))).toBe('HF-STATE-STALE');
    const outdated = view(up({ ...alone, disk: 'Outdated' }), null);
    expect(() => planResolution(outdated, 'bravo')).toThrow(/bravo went on writing without it/);
    const both = split({ disk: 'Outdated' }, { disk: 'Outdated' });
    expect(planResolution(both, 'bravo')).toMatchObject({ kind: 'discard', winner: 'alpha' });
    const again = split({ disk: 'Outdated' }, { disk: 'Inconsistent' });
    expect(planResolution(again, 'bravo')).toMatchObject({ kind: 'discard', winner: 'alpha' });
  });

  it.each(['Inconsistent', 'Diskless', 'Failed'] as const)(
    'is not taken where what would be kept is %s: one of the two must be whole',
    (disk) => {
      const given = split({ disk });
      expect(code(() => planResolution(given, 'bravo'))).toBe('HF-STATE-NOT-READY');
      expect(() => planResolution(given, 'bravo')).toThrow(
        /The disk of alpha is .*those of bravo are not given up for that/,
      );
      expect(planResolution(given, 'alpha')).toMatchObject({ kind: 'discard', winner: 'bravo' });
    },
  );

  it('is not a node that serves, where the other is only consistent: its fence handler would wait for a connection for ever', () => {
    const serving = split({ role: 'Primary' }, { disk: 'Consistent' });
    expect(() => planResolution(serving, 'alpha')).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({
            code: 'HF-STATE-DISCARD-SERVING',
            remedy: expect.stringMatching(/switch alpha off, go on with bravo/),
          }),
        ],
      }),
    );
  });

  it('is not taken where the two do not contradict each other, and must be one of the two', () => {
    expect(code(() => planResolution(view(up({}), up({})), 'bravo'))).toBe('HF-STATE-NOTHING-TO-RESOLVE');
    expect(code(() => planResolution(split(), 'charlie'))).toBe('HF-STATE-NODE');
  });

  it('is not taken again where its disk was given up already, and the end that tries no more is named', () => {
    const given = view(
      up({ role: 'Primary', connection: 'StandAlone', replication: 'Off' }),
      up({ connection: 'Connecting', replication: 'Off', disk: 'Inconsistent' }),
      'first-newer',
    );
    expect(() => planResolution(given, 'bravo')).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ remedy: expect.stringMatching(/alpha has given up.*drbdadm adjust state/) }),
        ],
      }),
    );
    expect(remedyOf(given, 'site.yaml')).toMatch(/alpha has given up.*drbdadm adjust state/);
    expect(remedyOf({ ...given, relation: 'unrelated' }, 'site.yaml')).toBeUndefined();
  });

  it('may be one that is not there, when the other waits for it', () => {
    const waiting = view(up({ ...alone, disk: 'Consistent' }), null);
    expect(planResolution(waiting, 'bravo')).toMatchObject({ kind: 'go-on-alone', winner: 'alpha' });
    expect(code(() => planResolution(waiting, 'alpha'))).toBe('HF-STATE-NOTHING-TO-RESOLVE');
  });

  it.each<[string, DrbdReport]>([
    ['its DRBD is down', downOf('17E1566C25BB90DC')],
    ['its module is not loaded', { kind: 'no-module' }],
  ])('is never one that answers, though %s', (_, report) => {
    const waiting = view(up({ ...alone, disk: 'Consistent' }), report);
    expect(code(() => planResolution(waiting, 'bravo'))).toBe('HF-STATE-NOT-READY');
    const good = view(up({ ...alone, connection: 'Connecting' }), report);
    expect(code(() => planResolution(good, 'bravo'))).toBe('HF-STATE-NOT-READY');
  });

  it('is never one whose disk, read while DRBD is down there, has writes that the other one lacks', () => {
    const waiting = up({ ...alone, disk: 'Consistent' });
    const bravoNewer = view(waiting, downOf('17E1566C25BB90DC'), 'second-newer');
    expect(code(() => planResolution(bravoNewer, 'bravo'))).toBe('HF-STATE-STALE');
    const alphaNewer = view(downOf('17E1566C25BB90DC'), waiting, 'first-newer');
    expect(code(() => planResolution(alphaNewer, 'alpha'))).toBe('HF-STATE-STALE');
    expect(code(() => planResolution(view(waiting, downOf('17E1566C25BB90DC'), 'first-newer'), 'bravo'))).toBe(
      'HF-STATE-NOT-READY',
    );
  });

  it('is found newer by the generations that both nodes print', async () => {
    const disk = (name: string) =>
      name === 'alpha'
        ? 'proc  0: cs:WFConnection ro:Secondary/Unknown ds:Consistent/DUnknown C r-----\nproc     oos:0\ngenerations 0C06A5CC3130CFE0:0000000000000000:0000000000000000:0000000000000000:1:1:0:0:0:0:0\n'
        : 'generations 17E1566C25BB90DC:0C06A5CC3130CFE0:0000000000000000:0000000000000000:1:1:1:0:0:1:0\n';
    const get = (name: string) => answering({ run: `kernel 8.4.11\n${disk(name)}` });
    const read = await readReplica(replicated, { get });
    expect(read.ends[1].report).toMatchObject({ kind: 'down' });
    expect(code(() => planResolution(read, 'bravo'))).toBe('HF-STATE-STALE');
  });

  it('is not taken in a split brain before DRBD is up at both ends, because it would be copied and not overwritten', () => {
    const half = view(up({ ...alone, role: 'Primary' }), downOf('17E1566C25BB90DC'), 'split-brain');
    expect(code(() => planResolution(half, 'bravo'))).toBe('HF-STATE-NOT-READY');
    const other = view(up({ ...alone }), downOf('17E1566C25BB90DC'), 'split-brain');
    expect(code(() => planResolution(other, 'alpha'))).toBe('HF-STATE-NOT-READY');
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

it.each([
  ['HF-HOST-UNREACHABLE', true],
  ['HF-HOST-TIMEOUT', undefined],
  ['HF-HOST-AUTH', undefined],
] as const)('A machine whose answer is %s counts as silent: %s', async (hostCode, isSilent) => {
  const host: Host = {
    ...answering({ run: '' }),
    async run() {
      throw new HoldfastError({ code: hostCode, message: 'why', remedy: 'Wait.', source: 'site' });
    },
  };
  const { ends } = await readReplica(replicated, { get: () => host });
  expect(ends.map((end) => end.isSilent)).toEqual([isSilent, isSilent]);
});

it('A machine that is slow is asked for longer, before it counts as one that does not answer', async () => {
  const limits: (number | undefined)[] = [];
  const host: Host = {
    ...answering({ run: '' }),
    async run(_script, options) {
      limits.push(options?.timeoutMs);
      return { exitCode: 0, stdout: 'kernel none\n', stderr: '' };
    },
  };
  const { timing } = replicated.site;
  const slow = { ...replicated, site: { ...replicated.site, timing: { ...timing, slowness: 4 } } };
  await readReplica(slow, { get: () => host });
  expect(limits).toEqual([60_000, 60_000]);
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
    report === null
      ? ({ node, disk: '/dev/vdb', report, why: 'no route', isSilent: true } as const)
      : { node, disk: '/dev/vdb', report };
  return { site: 'mill-3', ends: [end('alpha', one), end('bravo', other)], relation };
}

/** Of a node that answers, whose DRBD is not up, and whose disk was read. */
function downOf(current: string): DrbdReport {
  const none = '0000000000000000';
  return {
    kind: 'down',
    version: '8.4.11',
    generations: { current, bitmap: '0C06A5CC3130CFE0', history: [none, none] },
  };
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
