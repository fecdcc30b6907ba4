import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  healthySnapshot,
  mapReading,
  site,
  unread,
  withConfiguration,
  withMachine,
  withNode,
  withoutMachine,
  withResource,
  withView,
} from '../../test/observe/healthy-site.ts';
import type { Site } from '../site/index.ts';
import { assess } from './assess.ts';
import type { Answer, Assessment } from './assessment-types.ts';
import type { FailedOperation, FileView, ReachableMachine, Reading, Snapshot, UnitView } from './snapshot-types.ts';

const healthy = healthySnapshot();

/** The answers in one word each, in the order: serves, and survives the loss of active, passive, witness, link; a crash; may move. */
function answers({ serves, faults, move }: Assessment): Answer[] {
  return [serves, ...faults.map(({ survives }) => survives), move.possible];
}

const codes = ({ findings }: Assessment) => [...new Set(findings.map(({ code }) => code))];

const changeUnit = (name: string, unit: string, state: Partial<UnitView>) => (snapshot: Snapshot) =>
  withMachine(snapshot, name, (machine) => ({
    ...machine,
    units: mapReading(machine.units, (units) =>
      units.map((each) => (each.unit === unit ? { ...each, ...state } : each)),
    ),
  }));

const changeFile = (name: string, path: string, state: Partial<FileView>) => (snapshot: Snapshot) =>
  withMachine(snapshot, name, (machine) => ({
    ...machine,
    files: mapReading(machine.files, (files) =>
      files.map((each) => (each.path === path ? { ...each, ...state } : each)),
    ),
  }));

const setMachine = (name: string, state: Partial<ReachableMachine>) => (snapshot: Snapshot) =>
  withMachine(snapshot, name, (machine) => ({ ...machine, ...state }));

const failCount = (node: string, resource: string, count: number) => (snapshot: Snapshot) =>
  withView(snapshot, (view) => ({
    ...view,
    history: [
      ...view.history.filter((each) => each.node !== node || each.resource !== resource),
      { node, resource, failCount: count, migrationThreshold: 3, lastMonitorExitCode: 0 },
    ],
  }));

const location = (node: string, score: number, endsAtMs?: number) => (snapshot: Snapshot) =>
  withConfiguration(snapshot, (configuration) => ({
    ...configuration,
    locations: [
      ...configuration.locations,
      { id: 'cli-x', resource: 'active', node, score, ...(endsAtMs === undefined ? {} : { endsAtMs }) },
    ],
  }));

const quorum = (totalVotes: number, quorate: boolean) => (snapshot: Snapshot) =>
  ['alpha', 'bravo', 'charlie'].reduce(
    (changed, name) =>
      withMachine(changed, name, (machine) => ({
        ...machine,
        quorum: mapReading(machine.quorum, (view) => ({ ...view, totalVotes, quorate })),
      })),
    snapshot,
  );

const fenced = (target: string, status: 'failed' | 'success' | 'pending') => (snapshot: Snapshot) =>
  withView(snapshot, (view) => ({ ...view, fencing: [{ status, action: 'reboot', target }, ...view.fencing] }));

const mountOf = (snapshot: Snapshot) => {
  const [alpha] = snapshot.machines;
  if (!alpha?.reachable) throw new Error('alpha is not reachable');
  return alpha.mounts;
};

const failedFor = (node: string, exitCode: number) => (snapshot: Snapshot) =>
  withView(snapshot, (view) => {
    const failure: FailedOperation = {
      node,
      resource: 'state',
      task: 'start',
      exitCode,
      reason: 'not installed: no device',
    };
    return { ...view, failures: [failure] };
  });

const readOnly = { known: true, value: { writable: false, why: 'Read-only file system' } } as const;

/** Each cause alone: the code that must appear, and the answers to: serves | active, passive, witness, link, crash | move. */
const causes: readonly [string, (snapshot: Snapshot) => Snapshot, string, string][] = [
  [
    'the passive node cannot be reached',
    (s) => withoutMachine(s, 'bravo'),
    'HF-STATUS-UNREACHABLE',
    'y | ? y ? ? y | ?',
  ],
  [
    'the active node cannot be reached',
    (s) => withoutMachine(s, 'alpha'),
    'HF-STATUS-UNREACHABLE',
    '? | ? ? ? ? ? | ?',
  ],
  ['the witness cannot be reached', (s) => withoutMachine(s, 'charlie'), 'HF-STATUS-UNREACHABLE', 'y | ? ? y ? y | y'],
  [
    'Pacemaker on bravo is silent',
    setMachine('bravo', { cluster: unread }),
    'HF-STATUS-VIEW-UNKNOWN',
    'y | ? y ? ? y | ?',
  ],
  [
    'Pacemaker does not run on bravo',
    (s) =>
      changeUnit('bravo', 'pacemaker.service', { active: 'inactive' })(setMachine('bravo', { cluster: unread })(s)),
    'HF-STATUS-CLUSTER-STOPPED',
    'y | n y n n y | n',
  ],
  [
    'bravo sees another cluster',
    (s) => withView(s, (view) => ({ ...view, dc: 'bravo', quorate: false }), ['bravo']),
    'HF-STATUS-SPLIT-VIEW',
    '? | ? ? ? ? ? | ?',
  ],
  ['bravo is offline', (s) => withNode(s, 'bravo', { online: false }), 'HF-STATUS-OFFLINE', 'y | n y n n y | n'],
  [
    'bravo is joining',
    (s) => withNode(s, 'bravo', { online: false, pending: true }),
    'HF-STATUS-OFFLINE',
    'y | n y n n y | n',
  ],
  ['bravo is unclean', (s) => withNode(s, 'bravo', { unclean: true }), 'HF-STATUS-UNCLEAN', 'y | n y n n n | n'],
  ['alpha is unclean', (s) => withNode(s, 'alpha', { unclean: true }), 'HF-STATUS-UNCLEAN', 'n | n n n n n | n'],
  [
    'the witness is unclean',
    (s) => withNode(s, 'charlie', { unclean: true }),
    'HF-STATUS-UNCLEAN',
    'y | n n y n n | n',
  ],
  [
    'bravo is joining, as Pacemaker 2.1 says it',
    (s) => withNode(s, 'bravo', { online: true, pending: true, standby: true }),
    'HF-STATUS-OFFLINE',
    'y | n y n n y | n',
  ],
  [
    'bravo is off, and was drained before',
    (s) => withNode(s, 'bravo', { online: false, standby: true }),
    'HF-STATUS-STANDBY',
    'y | n y n n y | n',
  ],
  ['bravo is in standby', (s) => withNode(s, 'bravo', { standby: true }), 'HF-STATUS-STANDBY', 'y | n y y n y | n'],
  [
    'bravo is in node maintenance',
    (s) => withNode(s, 'bravo', { maintenance: true }),
    'HF-STATUS-NODE-MAINTENANCE',
    'y | n y n n y | n',
  ],
  ['bravo is leaving', (s) => withNode(s, 'bravo', { shuttingDown: true }), 'HF-STATUS-LEAVING', 'y | n y n n y | n'],
  [
    'there is no coordinator',
    (s) => withView(s, (view) => ({ ...view, dc: null })),
    'HF-STATUS-NO-DC',
    'y | n n n n n | n',
  ],
  ['two votes are left of three', quorum(2, true), 'HF-STATUS-QUORUM-THIN', 'y | n n n y y | y'],
  ['there is no quorum', quorum(1, false), 'HF-STATUS-NO-QUORUM', 'n | n n n n n | n'],
  [
    'the quorum of the witness is not known',
    setMachine('charlie', { quorum: unread }),
    'HF-STATUS-QUORUM-UNKNOWN',
    'y | ? ? y ? ? | ?',
  ],
  [
    'the site is in maintenance',
    (s) => withView(s, (view) => ({ ...view, maintenanceMode: true })),
    'HF-STATUS-MAINTENANCE',
    'y | n n n n n | n',
  ],
  [
    'the workload is starting',
    (s) => withResource(s, 'workload-ledger', { role: 'Starting' }),
    'HF-STATUS-BUSY',
    '? | ? ? ? ? ? | ?',
  ],
  [
    'the workload runs nowhere',
    (s) => withResource(s, 'workload-ledger', { role: 'Stopped', active: false, nodes: [] }),
    'HF-STATUS-NOT-RUNNING',
    'n | n n n n n | n',
  ],
  [
    'the workload is switched off',
    (s) => withResource(s, 'workload-ledger', { role: 'Stopped', active: false, nodes: [], targetRole: 'Stopped' }),
    'HF-STATUS-SWITCHED-OFF',
    'n | n n n n n | n',
  ],
  [
    'the workload has failed',
    (s) => withResource(s, 'workload-ledger', { failed: true }),
    'HF-STATUS-FAILED',
    '? | ? ? ? ? ? | ?',
  ],
  [
    'the workload is blocked',
    (s) => withResource(s, 'workload-ledger', { blocked: true }),
    'HF-STATUS-BLOCKED',
    'y | n n n n n | n',
  ],
  [
    'the workload is not managed',
    (s) => withResource(s, 'workload-ledger', { managed: false }),
    'HF-STATUS-UNMANAGED',
    'y | n n n n n | n',
  ],
  [
    'the cluster says that it runs twice',
    (s) => withResource(s, 'state', { nodes: ['alpha', 'bravo'] }),
    'HF-STATUS-TWO-ACTIVE',
    'n | n n n n n | n',
  ],
  [
    'the cluster does not have the address',
    (s) => withView(s, (view) => ({ ...view, resources: view.resources.filter(({ id }) => id !== 'address') })),
    'HF-STATUS-NOT-CONFIGURED',
    'n | n n n n n | n',
  ],
  [
    'nothing of the site was applied',
    (s) => withView(s, (view) => ({ ...view, resources: [] })),
    'HF-STATUS-NOT-APPLIED',
    'n | n n n n n | n',
  ],
  [
    'both nodes have the address',
    setMachine('bravo', { holdsAddress: { known: true, value: true } }),
    'HF-STATUS-TWO-ACTIVE',
    'n | n n n n n | n',
  ],
  [
    'the witness has the address',
    setMachine('charlie', { holdsAddress: { known: true, value: true } }),
    'HF-STATUS-TWO-ACTIVE',
    'n | n n n n n | n',
  ],
  [
    'both nodes have the state mounted',
    (s) => setMachine('bravo', { mounts: mountOf(s) })(s),
    'HF-STATUS-TWO-ACTIVE',
    'n | n n n n n | n',
  ],
  [
    'both nodes run the workload',
    changeUnit('bravo', 'ledger.service', { active: 'active' }),
    'HF-STATUS-TWO-ACTIVE',
    'n | n n n n n | n',
  ],
  [
    'the address is nowhere',
    setMachine('alpha', { holdsAddress: { known: true, value: false } }),
    'HF-STATUS-MISSING',
    'n | n n n n n | n',
  ],
  [
    'the state is not mounted',
    setMachine('alpha', { mounts: { known: true, value: [] } }),
    'HF-STATUS-MISSING',
    'n | n n n n n | n',
  ],
  [
    'the unit has died',
    changeUnit('alpha', 'ledger.service', { active: 'failed' }),
    'HF-STATUS-MISSING',
    'n | n n n n n | n',
  ],
  [
    'the address is on the other node',
    (s) =>
      setMachine('alpha', { holdsAddress: { known: true, value: false } })(
        setMachine('bravo', { holdsAddress: { known: true, value: true } })(s),
      ),
    'HF-STATUS-MISPLACED',
    'n | n n n n n | n',
  ],
  [
    'whether alpha has the address is not known',
    setMachine('alpha', { holdsAddress: unread }),
    'HF-STATUS-PLACE-UNKNOWN',
    '? | ? ? ? ? ? | ?',
  ],
  [
    'whether bravo has the state mounted is not known',
    setMachine('bravo', { mounts: unread }),
    'HF-STATUS-PLACE-UNKNOWN',
    'y | ? ? ? ? ? | ?',
  ],
  [
    'the state is read-only',
    (s) =>
      withMachine(s, 'alpha', (machine) => ({
        ...machine,
        mounts: mapReading(machine.mounts, (mounts) => mounts.map((mount) => ({ ...mount, readOnly: true }))),
      })),
    'HF-STATUS-READ-ONLY',
    'n | n n n n n | y',
  ],
  [
    'the system disk of the active node takes no writes',
    setMachine('alpha', { systemDisk: readOnly }),
    'HF-STATUS-SYSTEM-DISK',
    'y | y n n y ? | y',
  ],
  [
    'the system disk of the passive node takes no writes',
    setMachine('bravo', { systemDisk: readOnly }),
    'HF-STATUS-SYSTEM-DISK',
    'y | n y n n y | n',
  ],
  [
    'the system disk of the witness takes no writes',
    setMachine('charlie', { systemDisk: readOnly }),
    'HF-STATUS-SYSTEM-DISK',
    'y | n n y n y | y',
  ],
  [
    'whether the system disk of the passive node takes writes is not known',
    setMachine('bravo', { systemDisk: unread }),
    'HF-STATUS-SYSTEM-DISK-UNKNOWN',
    'y | ? y ? ? y | ?',
  ],
  [
    'the probe is bad',
    setMachine('alpha', { probes: [{ workload: 'ledger', answer: 'bad' }] }),
    'HF-STATUS-PROBE-BAD',
    'n | n n n n n | y',
  ],
  [
    'the probe was not answered for',
    setMachine('alpha', { probes: [] }),
    'HF-STATUS-PROBE-UNKNOWN',
    '? | ? ? ? ? ? | y',
  ],
  [
    'fencing is off',
    (s) => withView(s, (view) => ({ ...view, fencingEnabled: false })),
    'HF-STATUS-FENCING-OFF',
    'y | n n y n y | y',
  ],
  [
    'alpha has no fencing device',
    (s) => withView(s, (view) => ({ ...view, resources: view.resources.filter(({ id }) => id !== 'fence-alpha') })),
    'HF-STATUS-FENCE-DEVICE-ABSENT',
    'y | n y y n y | y',
  ],
  [
    "bravo's fencing device is stopped",
    (s) => withResource(s, 'fence-bravo', { active: false, role: 'Stopped', nodes: [] }),
    'HF-STATUS-FENCE-DEVICE-FAILED',
    'y | y n y y y | y',
  ],
  [
    "alpha's fencing device has failed",
    (s) => withResource(s, 'fence-alpha', { failed: true }),
    'HF-STATUS-FENCE-DEVICE-FAILED',
    'y | n y y n y | y',
  ],
  [
    "the last check of alpha's fencing device failed",
    (s) =>
      withView(s, (view) => ({
        ...view,
        history: view.history.map((each) =>
          each.resource === 'fence-alpha' ? { ...each, lastMonitorExitCode: 1 } : each,
        ),
      })),
    'HF-STATUS-FENCE-DEVICE-FAILED',
    'y | n y y n y | y',
  ],
  [
    "alpha's fencing device was never checked",
    (s) =>
      withView(s, (view) => ({ ...view, history: view.history.filter((each) => each.resource !== 'fence-alpha') })),
    'HF-STATUS-FENCE-DEVICE-UNCHECKED',
    'y | ? y y ? y | y',
  ],
  [
    'nothing confirms a lost witness',
    (s) => withResource(s, 'fence-charlie', { active: false, role: 'Stopped', nodes: [] }),
    'HF-STATUS-FENCE-DEVICE-FAILED',
    'y | y y n y y | y',
  ],
  ['bravo is being fenced', fenced('bravo', 'pending'), 'HF-STATUS-FENCING-PENDING', 'y | n y n n n | n'],
  ['the last fencing of alpha failed', fenced('alpha', 'failed'), 'HF-STATUS-FENCING-FAILED', 'y | ? y y ? y | y'],
  [
    'no survivor has the password to fence alpha',
    (s) =>
      changeFile('charlie', '/etc/holdfast/secrets/bmc-alpha', { exists: false })(
        changeFile('bravo', '/etc/holdfast/secrets/bmc-alpha', { sizeBytes: 0 })(s),
      ),
    'HF-STATUS-FENCE-PASSWORD',
    'y | n y y n y | y',
  ],
  [
    'one survivor lacks the password to fence alpha',
    changeFile('bravo', '/etc/holdfast/secrets/bmc-alpha', { exists: false }),
    'HF-STATUS-FENCE-PASSWORD',
    'y | ? y y ? y | y',
  ],
  ['bravo has failed for good', failedFor('bravo', 5), 'HF-STATUS-HARD-FAILURE', 'y | n y y n y | n'],
  ['bravo has failed too often', failCount('bravo', 'workload-ledger', 3), 'HF-STATUS-FAIL-COUNT', 'y | n y y n y | n'],
  [
    'a ban keeps it away from bravo',
    location('bravo', Number.MIN_SAFE_INTEGER),
    'HF-STATUS-BANNED',
    'y | n y y n y | n',
  ],
  [
    'the constraints cannot be read',
    (s) =>
      ['alpha', 'bravo', 'charlie'].reduce((changed, name) => setMachine(name, { configuration: unread })(changed), s),
    'HF-STATUS-CONSTRAINTS-UNKNOWN',
    'y | ? y y ? y | ?',
  ],
  [
    'bravo does not see the device',
    setMachine('bravo', { device: { known: true, value: { present: false, resolved: '' } } }),
    'HF-STATUS-DEVICE',
    'y | n y y n y | n',
  ],
  [
    'bravo cannot read the device',
    setMachine('bravo', { device: { known: true, value: { present: true, resolved: '/dev/loop0' } } }),
    'HF-STATUS-DEVICE',
    'y | n y y n y | n',
  ],
  [
    'bravo sees another device',
    setMachine('bravo', { device: { known: true, value: { present: true, resolved: '/dev/loop1', uuid: 'other' } } }),
    'HF-STATUS-DEVICE',
    'y | n y y n y | n',
  ],
  [
    'whether bravo sees the device is not known',
    setMachine('bravo', { device: unread }),
    'HF-STATUS-DEVICE',
    'y | ? y y ? y | ?',
  ],
  [
    'bravo does not have the unit',
    changeUnit('bravo', 'ledger.service', { load: 'not-found' }),
    'HF-STATUS-UNIT',
    'y | n y y n y | n',
  ],
  [
    'the unit starts by itself at boot',
    changeUnit('alpha', 'ledger.service', { enabled: 'enabled' }),
    'HF-STATUS-UNIT-ENABLED',
    'y | n n y y y | y',
  ],
  [
    'bravo does not have the agent',
    changeFile('bravo', '/usr/lib/ocf/resource.d/holdfast/workload', { exists: false }),
    'HF-STATUS-AGENT',
    'y | n y y n y | n',
  ],
  [
    'the files of bravo are not known',
    setMachine('bravo', { files: unread }),
    'HF-STATUS-FILES-UNKNOWN',
    'y | ? y y ? y | ?',
  ],
  [
    'the unit differs on bravo',
    changeFile('bravo', 'ledger.service', { sha256: 'other' }),
    'HF-STATUS-DRIFT',
    'y | ? y y y y | y',
  ],
  [
    'the packages of bravo are not known',
    setMachine('bravo', { packages: unread }),
    'HF-STATUS-PACKAGES-UNKNOWN',
    'y | ? y y y y | y',
  ],
  [
    'link 1 between alpha and bravo is down',
    (s) =>
      withMachine(s, 'alpha', (machine) => ({
        ...machine,
        links: mapReading(machine.links, (links) =>
          links.map((each) => (each.link === 1 && each.peer === 'bravo' ? { ...each, connected: false } : each)),
        ),
      })),
    'HF-STATUS-LINK-DOWN',
    'y | y y y n y | y',
  ],
  [
    'the links of charlie are not known',
    setMachine('charlie', { links: unread }),
    'HF-STATUS-LINKS-UNKNOWN',
    'y | y y y ? y | y',
  ],
];

/** What is wrong but endangers nothing yet: the site stays safe. */
const warnings: readonly [string, (snapshot: Snapshot) => Snapshot, string][] = [
  ['the active node once failed for good', failedFor('alpha', 5), 'HF-STATUS-HARD-FAILURE'],
  ['bravo has failed once', failCount('bravo', 'workload-ledger', 1), 'HF-STATUS-FAILURES'],
  ['alpha has failed once', failCount('alpha', 'workload-ledger', 1), 'HF-STATUS-FAILURES'],
  ['a constraint pins it to alpha', location('alpha', Number.MAX_SAFE_INTEGER), 'HF-STATUS-PINNED'],
  [
    'a package differs',
    setMachine('bravo', { packages: { known: true, value: { pacemaker: '2.1.6' } } }),
    'HF-STATUS-PACKAGES-DIFFER',
  ],
  [
    'systemd on bravo holds an old text',
    changeUnit('bravo', 'ledger.service', { needsReload: true }),
    'HF-STATUS-UNIT-STALE',
  ],
  [
    'the crash notifier is not on alpha',
    changeFile('alpha', '/usr/lib/holdfast/crash-notifier', { exists: false }),
    'HF-STATUS-NOTIFIER',
  ],
  [
    'the clock of bravo is ahead',
    setMachine('bravo', { clockAheadMs: { atLeast: 4000, atMost: 4100 } }),
    'HF-STATUS-CLOCK',
  ],
];

describe('a healthy site', () => {
  it('serves and would survive the next fault, with nothing to say against it', () => {
    const assessment = assess(healthy, site);
    expect(assessment.findings).toEqual([]);
    expect(assessment.verdict).toBe('press-line: alpha serves; the site would survive the next fault');
    expect(assessment).toMatchObject({ safe: true, active: 'alpha', passive: 'bravo', serves: 'yes' });
    expect(answers(assessment)).toEqual(Array(7).fill('yes'));
  });

  it('stays so after a fencing that succeeded, with a preference that has ended, and with clocks that are a little off', () => {
    const changed = setMachine('bravo', { clockAheadMs: { atLeast: -900, atMost: 900 } })(
      location('alpha', Number.MAX_SAFE_INTEGER, healthy.takenAtMs - 1)(fenced('bravo', 'success')(healthy)),
    );
    expect(assess(changed, site).findings).toEqual([]);
  });

  it('stays so when an old failed fencing was followed by one that succeeded', () => {
    expect(assess(fenced('alpha', 'success')(fenced('alpha', 'failed')(healthy)), site).safe).toBe(true);
  });
});

describe('what endangers a site', () => {
  it.each(causes)('when %s, it is said and the answers follow', (_cause, change, code, expected) => {
    const assessment = assess(change(healthy), site);
    expect(codes(assessment)).toContain(code);
    const letter = { yes: 'y', no: 'n', unknown: '?' } as const;
    const [serves = '', a = '', p = '', w = '', l = '', c = '', move = ''] = answers(assessment).map(
      (each) => letter[each],
    );
    expect(`${serves} | ${a} ${p} ${w} ${l} ${c} | ${move}`).toBe(expected);
    expect(assessment.safe).toBe(false);
    expect(assess(healthy, site).findings).toEqual([]);
  });

  it.each(warnings)('when %s, it is said, but the site is safe', (_cause, change, code) => {
    const assessment = assess(change(healthy), site);
    expect(codes(assessment)).toEqual([code]);
    expect(assessment.findings.every(({ severity }) => severity === 'warning')).toBe(true);
    expect(assessment.safe).toBe(true);
  });

  it('is not an exit code that only says that something does not run', () => {
    expect(assess(failedFor('bravo', 7)(healthy), site).findings).toEqual([]);
  });

  it('names one cause when the whole group waits for its first member', () => {
    const stopped = { role: 'Stopped', active: false, nodes: [] };
    const nothing = ['state', 'address', 'workload-ledger'].reduce((s, id) => withResource(s, id, stopped), healthy);
    const { findings } = assess(nothing, site);
    const notRunning = findings.filter(({ code }) => code === 'HF-STATUS-NOT-RUNNING');
    expect(notRunning.map(({ message }) => message)).toEqual([
      'state runs nowhere, so neither do address and workload-ledger.',
    ]);
  });

  it('comes before what it leads to: nothing starts while a lost node is not fenced', () => {
    const stopped = { role: 'Stopped', active: false, nodes: [] };
    const bare = withMachine(healthy, 'alpha', (machine) => ({
      ...machine,
      mounts: mapReading(machine.mounts, () => []),
      holdsAddress: mapReading(machine.holdsAddress, () => false),
    }));
    const nothing = ['state', 'address', 'workload-ledger'].reduce((s, id) => withResource(s, id, stopped), bare);
    const { findings } = assess(withNode(nothing, 'bravo', { unclean: true }), site);
    const place = (code: string) => findings.findIndex((each) => each.code === code);
    expect(findings[place('HF-STATUS-UNCLEAN')]).toMatchObject({ where: 'bravo', serves: 'no' });
    expect(place('HF-STATUS-NOT-RUNNING')).toBeGreaterThan(place('HF-STATUS-UNCLEAN'));
  });

  it('is no split when a member is only just joining', () => {
    const joining = withNode(
      withView(healthy, (view) => ({ ...view, dc: null, quorate: false, resources: [] }), ['bravo']),
      'bravo',
      { online: false },
    );
    const assessment = assess(joining, site);
    expect(codes(assessment)).not.toContain('HF-STATUS-SPLIT-VIEW');
    expect(answers(assessment)).toEqual(['yes', 'no', 'yes', 'no', 'no', 'yes', 'no']);
  });

  it('is said once for both ends of a broken link', () => {
    const cut = (name: string, peer: string) => (snapshot: Snapshot) =>
      withMachine(snapshot, name, (machine) => ({
        ...machine,
        links: mapReading(machine.links, (links) =>
          links.map((each) => (each.link === 0 && each.peer === peer ? { ...each, connected: false } : each)),
        ),
      }));
    const { findings } = assess(cut('alpha', 'bravo')(cut('bravo', 'alpha')(healthy)), site);
    expect(findings.map(({ message }) => message)).toEqual([
      'Link 0 between alpha and bravo is down (seen by alpha and bravo).',
    ]);
  });

  it('names commands that reach the machine as the site file says', () => {
    const [finding] = assess(withoutMachine(healthy, 'bravo'), site).findings;
    expect(finding?.command).toMatch(/^ssh -F \S+ssh_config root@10\.77\.9\.12 'true'$/);
  });

  it('names the site file in its own commands as it was given', () => {
    const { findings } = assess(withNode(healthy, 'bravo', { standby: true }), site, 'my sites/press line.yaml');
    expect(findings[0]?.command).toBe(`holdfast maintenance 'my sites/press line.yaml' off --node bravo`);
  });

  it('tells since when there is no protection', () => {
    const maintained = withConfiguration(
      withView(healthy, (view) => ({ ...view, maintenanceMode: true })),
      (configuration) => ({
        ...configuration,
        properties: { ...configuration.properties, 'holdfast-maintenance-since': '2026-11-21T03:00:00.000Z' },
      }),
    );
    expect(assess(maintained, site).findings[0]?.message).toContain(
      'NO PROTECTION: the whole site is in maintenance since 2026-11-21',
    );
  });

  it('leaves no fault unknown or deadly without a reason that says where and what to do', () => {
    for (const [, change] of causes) {
      for (const { survives, reasons } of assess(change(healthy), site).faults) {
        expect(survives === 'yes' ? [] : reasons).toHaveLength(survives === 'yes' ? 0 : reasons.length);
        if (survives !== 'yes') expect(reasons.length).toBeGreaterThan(0);
        for (const { where, remedy } of reasons) expect(where !== '' && remedy !== '').toBe(true);
      }
    }
  });
});

describe('a site without a witness', () => {
  const { witness: _witness, ...rest } = site;
  const alone: Site = { ...rest, acceptedRisks: [{ risk: 'no-witness', because: 'a test' }] };
  const pair: Snapshot = { ...quorum(2, true)(healthy), machines: quorum(2, true)(healthy).machines.slice(0, 2) };
  const twoNode = ['alpha', 'bravo'].reduce(
    (changed, name) =>
      withMachine(changed, name, (machine) => ({
        ...machine,
        quorum: mapReading(machine.quorum, (view) => ({
          ...view,
          expectedVotes: 2,
          quorum: 1,
          flags: ['2Node', 'Quorate'],
        })),
      })),
    pair,
  );

  it('has no witness to lose, survives the loss of a node by the two-node rule, and repeats the accepted risk', () => {
    const assessment = assess(twoNode, alone);
    expect(assessment.faults.map(({ fault }) => fault)).not.toContain('witness-loss');
    expect(assessment.safe).toBe(true);
    expect(assessment.acceptedRisks).toEqual(alone.acceptedRisks);
  });
});

describe('failing closed', () => {
  it('never calls a site safe when any reading of a machine is missing', () => {
    const readings = [
      'quorum',
      'links',
      'cluster',
      'holdsAddress',
      'mounts',
      'units',
      'files',
      'packages',
      'device',
      'systemDisk',
    ] as const;
    for (const name of ['alpha', 'bravo'])
      for (const reading of readings) {
        const { safe } = assess(setMachine(name, { [reading]: unread satisfies Reading<never> })(healthy), site);
        // Whether the active node reads its device is seen by its state being mounted.
        const spared = name === 'alpha' && reading === 'device';
        expect([name, reading, safe]).toEqual([name, reading, spared]);
      }
  });

  it('never calls a site safe while a machine cannot be reached, whatever else is or is not wrong', () => {
    const none = (snapshot: Snapshot) => snapshot;
    const change = fc.constantFrom(none, ...causes.map(([, each]) => each), ...warnings.map(([, each]) => each));
    const name = fc.constantFrom('alpha', 'bravo', 'charlie');
    fc.assert(
      fc.property(change, change, name, (one, other, lost) => {
        expect(assess(withoutMachine(other(one(healthy)), lost), site).safe).toBe(false);
      }),
    );
  });

  it('never calls a site safe when two things are wrong', () => {
    const change = fc.constantFrom(...causes.map(([, each]) => each));
    const warning = fc.constantFrom(...warnings.map(([, each]) => each));
    fc.assert(
      fc.property(change, warning, (one, other) => {
        expect(assess(one(other(healthy)), site).safe).toBe(false);
      }),
    );
  });

  it('says that nobody serves when the cluster runs nowhere, once for each member', () => {
    const stopped = (snapshot: Snapshot, name: string) =>
      ['pacemaker.service', 'ledger.service'].reduce(
        (changed, unit) => changeUnit(name, unit, { active: 'inactive' })(changed),
        setMachine(name, {
          cluster: unread,
          quorum: unread,
          links: unread,
          configuration: unread,
          holdsAddress: { known: true, value: false },
          mounts: { known: true, value: [] },
        })(snapshot),
      );
    const assessment = assess(['alpha', 'bravo', 'charlie'].reduce(stopped, healthy), site);
    expect(assessment.verdict).toMatch(/^press-line: DOES NOT SERVE: The cluster does not run on alpha/);
    expect(assessment.findings.filter(({ code }) => code === 'HF-STATUS-CLUSTER-STOPPED')).toHaveLength(3);
    expect(assessment.findings).toHaveLength(3);
  });

  it('says so when nobody can be reached', () => {
    const none = ['alpha', 'bravo', 'charlie'].reduce((changed, name) => withoutMachine(changed, name), healthy);
    const assessment = assess(none, site);
    expect(assessment.verdict).toMatch(/^press-line: NOT KNOWN WHETHER IT SERVES/);
    expect(answers(assessment)).toEqual(Array(7).fill('unknown'));
  });
});
