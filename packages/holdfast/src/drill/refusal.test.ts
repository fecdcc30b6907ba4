import { describe, expect, test } from 'vitest';
import {
  healthySnapshot,
  mapReading,
  replicatedSite,
  site as sharedSite,
  withMachine,
  withNode,
  withoutMachine,
  withResource,
  withView,
} from '../../test/observe/healthy-site.ts';
import type { Clock } from '../core/index.ts';
import { loneStatus } from '../engines/drbd/drbd.fixture.ts';
import type { DrbdReport } from '../engines/drbd/index.ts';
import { assess, type Snapshot } from '../observe/index.ts';
import type { Site } from '../site/index.ts';
import type { FaultName } from './fault-names/index.ts';
import { faults } from './faults/index.ts';
import { usualPace } from './options.ts';
import { judgeRefusal, untilRefusing, watchRefusal } from './refusal.ts';

const roles = { active: 'alpha', passive: 'bravo', witness: 'charlie' };
const out = {
  rtoSeconds: null,
  overAtSeconds: null,
  interrupted: true,
  interruptionSeconds: null,
};

describe('what status really says', () => {
  const { witness: _, ...twoNodes } = sharedSite;
  test.each([
    ['blackout-one-returns', 'a shared disk and a witness', sharedSite, alone('alpha', ['bravo', 'charlie'])],
    ['blackout-one-returns', 'two disks', replicatedSite, alone('alpha', ['bravo', 'charlie'])],
    ['blackout-one-returns', 'two disks, of which one is up', replicatedSite, doubtful()],
    ['blackout-one-returns', 'no witness', twoNodes, withoutCharlie(alone('alpha', ['bravo', 'charlie']))],
    ['witness-loss-then-power-cut', 'a shared disk and a witness', sharedSite, alone('bravo', ['alpha', 'charlie'])],
    ['witness-loss-then-power-cut', 'two disks', replicatedSite, alone('bravo', ['alpha', 'charlie'])],
    ['fencing-dead-then-power-cut', 'a shared disk and a witness', sharedSite, unfenced()],
    ['fencing-dead-then-power-cut', 'two disks', replicatedSite, unfenced()],
    ['fencing-dead-then-power-cut', 'no witness', twoNodes, withoutCharlie(unfenced())],
  ] satisfies [FaultName, string, Site, Snapshot][])('of %s tells the way out: %s', (fault, _what, site, snapshot) => {
    expect(violationsOf(fault, site, snapshot)).toEqual([]);
  });

  test('of a lone node does not do where its command is not the way out, because another machine answers', () => {
    const notAlone = withoutMachine(alone('alpha', ['charlie']), 'charlie');
    expect(violationsOf('blackout-one-returns', sharedSite, notAlone)).toEqual([
      expect.stringContaining(
        'nobody was told what to do: of alpha, `holdfast status` did not say HF-STATUS-NO-QUORUM with `holdfast start-alone …`',
      ),
    ]);
  });

  test('of a machine that boots is no way out', () => {
    const dark = ['alpha', 'bravo', 'charlie'].reduce((each, name) => withoutMachine(each, name), healthySnapshot());
    expect(violationsOf('blackout-one-returns', sharedSite, dark).join()).toContain(
      'it found HF-STATUS-UNREACHABLE of alpha',
    );
  });
});

describe('untilRefusing', () => {
  const wait = (answers: readonly boolean[], isServed = false) => {
    const clock = fakeClock();
    const left = [...answers];
    const read = async () => ({
      active: null,
      missing: ['it boots'],
      settledWithout: false,
      refuses: left.shift() ?? false,
    });
    const pace = { readyLimitMs: 5000, pollEveryMs: 500 };
    return untilRefusing(read, () => isServed, clock, pace, new AbortController().signal).then((undecided) => ({
      undecided,
      atMs: clock.now(),
    }));
  };

  test('waits until what is left of the cluster has decided', async () => {
    expect(await wait([false, false, true])).toEqual({ undecided: undefined, atMs: 1000 });
  });

  test('says what is missing of that when the limit is over, or at once when somebody serves', async () => {
    expect(await wait([])).toEqual({ undecided: ['it boots'], atMs: 5000 });
    expect(await wait([], true)).toEqual({ undecided: ['it boots'], atMs: 0 });
  });
});

test('asks a machine that reset itself meanwhile only when it is back', async () => {
  const clock = fakeClock();
  const refuses = () => clock.now() < 3000 || clock.now() >= 25_000;
  const { commands } = toldOf('witness-loss-then-power-cut');
  const environment = {
    clock,
    readCluster: async () => ({ active: null, missing: [], settledWithout: false, refuses: refuses() }),
    explain: async () => (refuses() ? [lone] : []),
  };
  const run = { environment, pace: usualPace, signal: new AbortController().signal };
  const { violations, gaps } = await watchRefusal(run, { of: 'passive', commands }, roles, 0, []);
  expect({ violations, gaps }).toEqual({ violations: [], gaps: [] });
});

const lone = {
  code: 'HF-STATUS-NO-QUORUM',
  where: 'bravo',
  message: 'It is alone.',
  remedy: 'Let it serve alone.',
  command: 'holdfast start-alone site.yaml bravo',
} as const;

test('judges nothing else of an outage that ended: somebody served', () => {
  const recovery = { ...out, rtoSeconds: 4, overAtSeconds: 4 };
  expect(judged('blackout-one-returns', { recovery, undecided: ['it boots'] })).toMatchObject({
    violations: [],
    gaps: [],
  });
});

function violationsOf(fault: FaultName, site: Site, snapshot: Snapshot): readonly string[] {
  const dangers = assess(snapshot, site).findings.filter(({ severity }) => severity === 'danger');
  return judged(fault, { dangers }).violations;
}

function judged(fault: FaultName, parts: Partial<Parameters<typeof judgeRefusal>[0]>) {
  const told = toldOf(fault);
  const times = { faultAtMs: 0, decidedAtMs: 30_000, pace: usualPace };
  return judgeRefusal({ recovery: out, undecided: undefined, dangers: [], told, roles, ...times, ...parts });
}

function toldOf(fault: FaultName) {
  const expectation = faults[fault].expectation(sharedSite);
  if (expectation.service !== 'refused') throw new Error(`${fault} is not refused`);
  return expectation.told;
}

/** Only `name` is left: without quorum, and it has not seen the others die. */
function alone(name: string, others: readonly string[]): Snapshot {
  const dark = others.reduce((snapshot, other) => withoutMachine(snapshot, other), idle());
  const unseen = others.reduce((each, other) => withNode(each, other, { online: false, unclean: true }), dark);
  const seen = withView(unseen, (view) => ({ ...view, dc: name, quorate: false }));
  const down: DrbdReport = { kind: 'down', version: '8.4.11' };
  return withMachine(seen, name, (machine) => ({
    ...machine,
    quorum: mapReading(machine.quorum, (quorum) => ({ ...quorum, totalVotes: 1, quorate: false })),
    replica: { known: true, value: down },
  }));
}

/** The same node, whose DRBD was started by hand. */
function doubtful(): Snapshot {
  const up: DrbdReport = { kind: 'up', version: '8.4.11', status: loneStatus };
  return withMachine(alone('alpha', ['bravo', 'charlie']), 'alpha', (machine) => ({
    ...machine,
    replica: { known: true, value: up },
  }));
}

/** Alpha is lost, and its device does not answer. */
function unfenced(): Snapshot {
  const lost = withNode(withoutMachine(idle(), 'alpha'), 'alpha', { online: false, unclean: true });
  return withView(lost, (view) => ({
    ...view,
    dc: 'bravo',
    fencing: [{ status: 'failed', action: 'reboot', target: 'alpha' }, ...view.fencing],
  }));
}

/** Nothing of the site runs. */
function idle(): Snapshot {
  const stopped = { role: 'Stopped', active: false, nodes: [] };
  const still = ['state', 'address', 'workload-ledger'].reduce(
    (snapshot, id) => withResource(snapshot, id, stopped),
    healthySnapshot(),
  );
  return withMachine(still, 'alpha', (machine) => ({
    ...machine,
    mounts: mapReading(machine.mounts, () => []),
    holdsAddress: mapReading(machine.holdsAddress, () => false),
  }));
}

function withoutCharlie(snapshot: Snapshot): Snapshot {
  return { ...snapshot, machines: snapshot.machines.filter(({ name }) => name !== 'charlie') };
}

function fakeClock(): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    async sleep(ms) {
      nowMs += ms;
    },
  };
}
