import { describe, expect, it } from 'vitest';
import { HoldfastError, type ProgressEvent, systemClock } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import { replicatedSite as siteFixture } from '../patterns/active-passive/sites.fixture.ts';
import { planResolution } from './plan-resolution.ts';
import { readReplica, replicatedSite } from './read-replica.ts';
import { resolveReplica } from './resolve-replica.ts';
import { onlyOn } from './serving-word.fixture.ts';

const replicated = replicatedSite(siteFixture);
const { signal } = new AbortController();
const copyPath = '/mnt/loser.img';
/** Every step where alpha serves and is discarded. */
const handedOver = [
  'alpha: only bravo',
  'alpha: disconnect',
  'alpha: copy',
  'bravo: look',
  'alpha: discard',
  'bravo: adjust',
];

describe('Discarding the data of the node that serves', () => {
  it('hands the site over to the other node before it copies and overwrites anything', async () => {
    const world = splitBrain();
    const { kept } = await resolve(world, 'alpha');
    expect(kept).toEqual({ node: 'alpha', path: copyPath, bytes: 2000 });
    expect(world.did).toEqual(handedOver);
  });

  it('copies everything where the two have forgotten what they both came from, as nobody knows what differs', async () => {
    const world = splitBrain({ forgotten: true });
    await resolve(world, 'alpha');
    expect(world.did).toEqual([
      'alpha: only bravo',
      'alpha: disconnect',
      'alpha: copy',
      'bravo: look',
      'alpha: discard all',
      'bravo: adjust',
    ]);
  });

  it.each([
    ['is not promoted', { promotes: false }, /the cluster has not promoted DRBD there/],
    ['is promoted, and cannot mount its file system', { mounts: false }, /\/srv\/state is not mounted there/],
  ])('copies and discards nothing where the other node %s, and says what to do', async (_, change, why) => {
    const world = splitBrain(change);
    await expect(resolve(world, 'alpha')).rejects.toMatchObject({
      code: 'HF-STATE-RESOLVE',
      message: expect.stringMatching(why),
      remedy: expect.stringMatching(/journalctl.* on bravo.*the same command again/),
    });
    expect(world.did).toEqual(['alpha: only bravo']);
  });

  it('discards nothing either when it is given again and the other node still does not serve', async () => {
    const world = splitBrain({ promotes: false });
    await expect(resolve(world, 'alpha')).rejects.toMatchObject({ code: 'HF-STATE-RESOLVE' });
    expect(planResolution(await readReplica(replicated, world), 'alpha').loserServes).toBe(false);
    await expect(resolve(world, 'alpha')).rejects.toMatchObject({ code: 'HF-STATE-RESOLVE' });
    expect(world.did).toEqual(['alpha: only bravo']);
  });

  it('goes on from there when it is given again and the other node serves', async () => {
    const world = splitBrain({ promotes: false });
    await expect(resolve(world, 'alpha')).rejects.toMatchObject({ code: 'HF-STATE-RESOLVE' });
    world.state.promotes = true;
    await resolve(world, 'alpha');
    expect(world.did).toEqual(handedOver);
  });

  it('waits longer for slow machines', async () => {
    const spent = async (slowness: number) => {
      const world = splitBrain({ promotes: false });
      const site = { ...replicated.site, timing: { ...replicated.site.timing, slowness } };
      await expect(resolve(world, 'alpha', { ...replicated, site })).rejects.toThrow();
      return world.clock.monotonic();
    };
    expect((await spent(5)) / (await spent(1))).toBeCloseTo(5, 0);
  });

  it('says so where the cluster has its hands off the site, and waits for nothing', async () => {
    const world = splitBrain({ refusal: 'the whole site is in maintenance' });
    await expect(resolve(world, 'alpha')).rejects.toMatchObject({
      code: 'HF-STATE-RESOLVE',
      message: expect.stringContaining('is in maintenance'),
    });
    expect(world.did).toEqual([]);
  });

  it('stops nothing where there is no room for the copy', async () => {
    const world = splitBrain({ room: 'room 1000 2000\n' });
    await expect(resolve(world, 'alpha')).rejects.toMatchObject({ code: 'HF-STATE-COPY-SPACE' });
    expect(world.did).toEqual([]);
  });
});

describe('Discarding the data of a node that stands by', () => {
  it('asks nobody to serve first where nobody does and nobody was told to, as neither may before they are one', async () => {
    const world = splitBrain({ serves: 'nobody' });
    await resolve(world, 'bravo');
    expect(world.did).toEqual(['bravo: disconnect', 'bravo: copy', 'alpha: look', 'bravo: discard', 'alpha: adjust']);
  });

  it('does nothing while the cluster cannot say whether the other node was let serve and does not', async () => {
    const world = splitBrain({ serves: 'nobody', cluster: 'Could not connect to the CIB' });
    await expect(resolve(world, 'bravo')).rejects.toMatchObject({
      code: 'HF-STATE-RESOLVE',
      message: expect.stringContaining('Could not connect to the CIB'),
    });
    expect(world.did).toEqual([]);
  });
});

describe('The copy of the data that are kept', () => {
  const syncing = (oos: number): Ends => [
    `cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent|${oos}`,
    `cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate|${oos}`,
  ];
  const apart = (disk = 'Inconsistent', connection = 'WFConnection'): Ends => [
    `cs:${connection} ro:Primary/Unknown ds:UpToDate/DUnknown|500`,
    `cs:WFConnection ro:Secondary/Unknown ds:${disk}/DUnknown|500`,
  ];
  const same: Ends = [
    'cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate|0',
    'cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate|0',
  ];

  it('is waited for through losses of the connection that each last less than a minute', async () => {
    const hiccups = [0, 1, 2].flatMap((round) => [syncing(900 - round), ...Array.from({ length: 25 }, () => apart())]);
    const world = splitBrain({ polls: [...hiccups, same] });
    await expect(resolve(world, 'bravo')).resolves.toMatchObject({ kept: { path: copyPath } });
  });

  it('goes on by itself when the connection is lost for long, which is said, and no command again', async () => {
    const world = splitBrain({ polls: [syncing(900), apart()] });
    await expect(resolve(world, 'bravo')).rejects.toMatchObject({
      code: 'HF-STATE-RESOLVE',
      message: expect.stringMatching(/was lost while the data were copied/),
      remedy: expect.stringMatching(/copied by itself when the two meet: mend the network.*holdfast state status/),
    });
  });

  it('names the end that gave up by itself, which a person must tell to try again', async () => {
    const world = splitBrain({ polls: [syncing(900), apart('Inconsistent', 'StandAlone')] });
    await expect(resolve(world, 'bravo')).rejects.toMatchObject({
      remedy: expect.stringMatching(/alpha has given up by itself.*drbdadm adjust state/),
    });
  });

  it('is asked for again by the same command where the two never met', async () => {
    const world = splitBrain({ polls: [apart('UpToDate')] });
    await expect(resolve(world, 'bravo')).rejects.toMatchObject({
      remedy: expect.stringContaining('give the same command again'),
    });
  });

  it('is asked for again where the two met, and parted before any data were taken over', async () => {
    const met: Ends = [
      'cs:WFBitMapS ro:Primary/Secondary ds:UpToDate/Consistent|900',
      'cs:WFBitMapT ro:Secondary/Primary ds:Outdated/UpToDate|900',
    ];
    const world = splitBrain({ polls: [met, apart('UpToDate')] });
    await expect(resolve(world, 'bravo')).rejects.toMatchObject({
      remedy: expect.stringContaining('give the same command again'),
    });
  });

  it.each<[string, Ends, RegExp]>([
    [
      'of the loser',
      [
        'cs:Connected ro:Primary/Secondary ds:UpToDate/Diskless|900',
        'cs:Connected ro:Secondary/Primary ds:Diskless/UpToDate|900',
      ],
      /alpha goes on with its own disk; replace that of bravo/,
    ],
    [
      'of the winner',
      [
        'cs:Connected ro:Primary/Secondary ds:Diskless/Inconsistent|900',
        'cs:Connected ro:Secondary/Primary ds:Inconsistent/Diskless|900',
      ],
      /What bravo holds now is half copied/,
    ],
    [
      'of a loser that itself does not answer',
      ['cs:Connected ro:Primary/Secondary ds:UpToDate/Failed|900', ''],
      /replace that of bravo/,
    ],
  ])('ends when the disk %s dies', async (_, ends, remedy) => {
    const world = splitBrain({ polls: [syncing(900), ends] });
    await expect(resolve(world, 'bravo')).rejects.toMatchObject({
      code: 'HF-STATE-RESOLVE',
      message: expect.stringContaining('go after an error'),
      remedy: expect.stringMatching(remedy),
    });
  });

  it('does not take for dead a disk that its cluster attaches just then', async () => {
    const attaching: Ends = [
      'cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown|900',
      'cs:StandAlone ro:Secondary/Unknown ds:Diskless/DUnknown|0',
    ];
    const world = splitBrain({ polls: [syncing(900), attaching, syncing(800), attaching, same] });
    await expect(resolve(world, 'bravo')).resolves.toMatchObject({ kept: { path: copyPath } });
  });

  it('ends when nothing of it moves any more, and lasts as long as something does', async () => {
    const slowly = Array.from({ length: 400 }, (_, poll) => syncing(900 - Math.floor(poll / 100)));
    await expect(resolve(splitBrain({ polls: [...slowly, same] }), 'bravo')).resolves.toBeDefined();
    const world = splitBrain({ polls: [syncing(900)] });
    await expect(resolve(world, 'bravo')).rejects.toMatchObject({
      code: 'HF-STATE-RESOLVE',
      message: expect.stringMatching(/Nothing more of the data of alpha has come to bravo for 5 min/),
    });
  });

  it('is followed by what one end says while the other one cannot be asked', async () => {
    const world = splitBrain({
      polls: [...Array.from({ length: 60 }, (_, poll): Ends => [syncing(900 - poll)[0], '']), [same[0], '']],
    });
    await expect(resolve(world, 'bravo')).resolves.toMatchObject({ kept: { path: copyPath } });
  });
});

/** What DRBD 8.4 says at alpha and at bravo, and after the bar the KiB out of sync; empty: it cannot be asked. */
type Ends = readonly [string, string];

interface World {
  readonly serves?: 'alpha' | 'nobody';
  readonly promotes?: boolean;
  readonly mounts?: boolean;
  /** Bravo was promoted by force, and does not know any more what both came from. */
  readonly forgotten?: boolean;
  readonly room?: string;
  readonly refusal?: string;
  /** Why the cluster does not say what its constraints are. */
  readonly cluster?: string;
  /** What DRBD says at each look from the copy on; the last one stays. */
  readonly polls?: readonly Ends[];
}

/** Two nodes that have both written: alpha serves until only bravo may; the loser follows the winner once it was told to. */
function splitBrain(world: World = {}) {
  const { serves = 'alpha', forgotten = false, room = 'room 9000 2000\n', refusal, cluster, polls } = world;
  const state = { promotes: world.promotes ?? true, mounts: world.mounts ?? true };
  const did: string[] = [];
  const looks = { alpha: 0, bravo: 0 };
  const hasFollowed = () => did.some((each) => each.endsWith(': adjust'));
  const only = () =>
    did
      .find((each) => each.includes(': only '))
      ?.split(' ')
      .at(-1);
  const isServing = (name: string) => (only() === undefined ? name === serves : name === only() && state.promotes);
  const scripted = (name: string): string | undefined => {
    const side = name === 'alpha' ? 'alpha' : 'bravo';
    const at = Math.min(looks[side]++, (polls?.length ?? 0) - 1);
    return polls?.[at]?.[side === 'alpha' ? 0 : 1];
  };
  const line = (name: string): string => {
    const said = hasFollowed() ? scripted(name) : undefined;
    if (said === '') {
      throw new HoldfastError({ code: 'HF-HOST-UNREACHABLE', message: 'no route', remedy: 'Wait.', source: 'site' });
    }
    const role = isServing(name) ? 'Primary' : 'Secondary';
    const [drbd = '', oos = '0'] =
      said?.split('|') ??
      (hasFollowed()
        ? [`cs:Connected ro:${role}/Unknown ds:UpToDate/UpToDate`]
        : [`cs:StandAlone ro:${role}/Unknown ds:UpToDate/DUnknown`]);
    const current = name === 'alpha' || /Inconsistent/.test(drbd) ? 'DFE1B1627CCD143E' : '17E1566C25BB90DC';
    const since = forgotten && name === 'bravo' ? 'BD2ADF7150232099' : '0C06A5CC3130CFE0';
    return `kernel 8.4.11\nproc  0: ${drbd} C r-----\nproc     oos:${oos}\ngenerations ${current}:${since}:0000000000000000:0000000000000000:1:1:1:0:0:0:0\n`;
  };
  const answer = (exitCode: number, stdout = '', stderr = '') => ({ exitCode, stdout, stderr });
  const get = (name: string): Host => ({
    name,
    async run(script: string) {
      if (script.includes('get-gi')) return answer(0, line(name));
      if (script.startsWith('mountpoint')) return answer(isServing(name) && state.mounts ? 0 : 32);
      if (script.startsWith('cibadmin --query')) {
        if (cluster !== undefined) return answer(102, '', cluster);
        return only() === undefined ? answer(105) : answer(0, onlyOn(only() ?? ''));
      }
      if (script.includes('blockdev --getsize64')) return answer(0, room);
      if (refusal !== undefined && script.includes('maintenance-mode')) return answer(1, '', refusal);
      const ordered = /cibadmin --replace[^\n]*operation="ne" value="(\w+)"/.exec(script)?.[1];
      const everything = script.includes('drbdadm invalidate') ? ' all' : '';
      const stepsOf = [
        ['--discard-my-data', `discard${everything}`],
        ['drbdadm disconnect', 'disconnect'],
        ['drbdadm dstate', 'look'],
      ] as const;
      const discards = stepsOf.find(([part]) => script.includes(part))?.[1] ?? 'adjust';
      did.push(`${name}: ${ordered ? `only ${ordered}` : discards}`);
      return answer(0);
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
    monotonic: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  return { did, state, get, hosts: { get }, clock, progress: (_: ProgressEvent) => {}, signal };
}

async function resolve(world: ReturnType<typeof splitBrain>, loser: string, site = replicated) {
  const resolution = planResolution(await readReplica(site, world), loser);
  expect(resolution.kind).toBe('discard');
  return resolveReplica(site, resolution, { ...world, copyPath });
}
