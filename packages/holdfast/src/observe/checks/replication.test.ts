import { describe, expect, it } from 'vitest';
import {
  healthySnapshot,
  mapReading,
  replicatedSite as site,
  unread,
  withConfiguration,
  withMachine,
  withNode,
  withoutMachine,
  withResource,
} from '../../../test/observe/healthy-site.ts';
import type { DrbdReport, DrbdStatus } from '../../engines/drbd/index.ts';
import { assess } from '../assess.ts';
import { renderStatus } from '../render-status.ts';
import type { ReachableMachine, Snapshot } from '../snapshot-types.ts';

const good: DrbdStatus = {
  role: 'Secondary',
  disk: 'UpToDate',
  connection: 'Connected',
  peerRole: 'Primary',
  peerDisk: 'UpToDate',
  replication: 'Established',
  outOfSyncBytes: 0,
  suspended: false,
};

const lone = { connection: 'StandAlone', replication: 'Off', peerDisk: 'DUnknown', peerRole: 'Unknown' } as const;

describe('A replicated state', () => {
  it('whose two disks are good is no reason for worry, and says so', () => {
    expect(replicaFindings(withReplica({}, {}))).toEqual([]);
    const snapshot = withReplica({}, {});
    const text = renderStatus({ snapshot, assessment: assess(snapshot, site) }, site, {
      columns: 100,
      paint: (_, each) => each,
    });
    expect(text).toContain('every acknowledged write is on alpha and bravo');
  });

  it.each<[string, Partial<DrbdStatus>, string]>([
    ['is being copied', { disk: 'Inconsistent', replication: 'SyncTarget', progress: { percent: 43 } }, 'BEHIND'],
    ['is out of date', { disk: 'Outdated' }, 'BEHIND'],
    ['is gone', { disk: 'Diskless' }, 'BEHIND'],
    ['is not connected', lone, 'APART'],
  ])('whose standby %s would not survive the loss of the active node, and cannot be moved', (_, change, code) => {
    const snapshot = withReplica({}, change);
    expect(replicaFindings(snapshot)).toMatchObject([
      { code: `HF-STATUS-REPLICA-${code}`, where: 'bravo', breaks: { 'active-node-loss': 'no', 'planned-move': 'no' } },
    ]);
    expect(assess(snapshot, site).safe).toBe(false);
  });

  it.each<[string, string, Partial<DrbdStatus>, Partial<DrbdStatus>]>([
    ['alpha', '10.77.9.11', lone, { ...lone, connection: 'Connecting' }],
    ['bravo', '10.77.9.12', { ...lone, connection: 'Connecting' }, lone],
  ])('is brought together again on %s, the end that has given up', (node, address, active, standby) => {
    expect(replicaFindings(withReplica(active, standby))).toMatchObject([
      {
        code: 'HF-STATUS-REPLICA-APART',
        remedy: expect.stringContaining(`${node} has given up by itself`),
        command: expect.stringContaining(`${address} 'drbdadm adjust state'`),
      },
    ]);
  });

  it('whose standby does not run DRBD follows nothing', () => {
    const down: DrbdReport = { kind: 'down', version: '8.4.11' };
    const snapshot = withMachine(withReplica({}, {}), 'bravo', (machine) => ({
      ...machine,
      replica: { known: true, value: down },
    }));
    expect(replicaFindings(snapshot)).toMatchObject([{ code: 'HF-STATUS-REPLICA-DOWN', where: 'bravo' }]);
  });

  it('whose standby is alone and does not run DRBD says that nobody knows what it lacks, not that something is written elsewhere', () => {
    const alone = withoutMachine(
      withMachine(withReplica({}, {}), 'bravo', (machine) => ({
        ...machine,
        replica: { known: true, value: { kind: 'down', version: '8.4.11' } },
      })),
      'alpha',
      'no answer',
    );
    const [finding] = replicaFindings(alone);
    expect(finding).toMatchObject({
      code: 'HF-STATUS-REPLICA-DOWN',
      message: 'DRBD is not up on bravo, and alpha does not answer: what the disk of bravo lacks is not known.',
    });
  });

  it('whose active disk is gone depends on the other node', () => {
    expect(replicaFindings(withReplica({ disk: 'Diskless' }, {}))).toMatchObject([
      { code: 'HF-STATUS-REPLICA-DISK', where: 'alpha', breaks: { 'passive-node-loss': 'no', 'link-loss': 'no' } },
    ]);
  });

  it('whose writes are held does not serve', () => {
    const snapshot = withReplica({ suspended: true }, {});
    expect(replicaFindings(snapshot)).toMatchObject([{ code: 'HF-STATUS-REPLICA-SUSPENDED', serves: 'no' }]);
  });

  it('that was written on both sides is a split brain, and nothing else is said of it', () => {
    const history = (current: string) => ({
      current,
      bitmap: 'CCCCCCCCCCCCCCC0',
      history: ['0000000000000000', '0000000000000000'],
    });
    const snapshot = withReplica(
      { ...lone, generations: history('AAAAAAAAAAAAAAA0') },
      { ...lone, generations: history('BBBBBBBBBBBBBBB0') },
    );
    expect(replicaFindings(snapshot)).toMatchObject([
      { code: 'HF-STATUS-SPLIT-BRAIN', command: 'holdfast state resolve site.yaml' },
    ]);
    // Asked at different moments while they begin to copy.
    const meeting = withReplica(
      { generations: history('AAAAAAAAAAAAAAA0') },
      { generations: history('BBBBBBBBBBBBBBB0') },
    );
    expect(replicaFindings(meeting)).toEqual([]);
  });

  it('that a verification found to differ is not known to survive', () => {
    expect(replicaFindings(withReplica({}, { outOfSyncBytes: 8192 }))).toMatchObject([
      { code: 'HF-STATUS-REPLICA-DIFFERS', message: expect.stringContaining('8.0 KiB') },
    ]);
  });

  it('whose serving end has lost its disk does not differ: what it writes since is counted, and it can be moved', () => {
    const writes = { disk: 'Diskless', peerDisk: 'UpToDate', outOfSyncBytes: 8192 } as const;
    const found = replicaFindings(withReplica(writes, { peerDisk: 'Diskless', outOfSyncBytes: 8192 }));
    expect(found.map(({ code }) => code)).toEqual(['HF-STATUS-REPLICA-DISK']);
    expect(found[0]?.breaks['planned-move']).toBeUndefined();
  });

  it('that the fence handler still forbids to the good standby is told, and not while it is behind', () => {
    const word = { promotableOnly: { id: 'drbd-fence-by-handler-state-replica', node: 'alpha' } };
    const banned = withConfiguration(withReplica({}, {}), (view) => ({ ...view, ...word }));
    expect(replicaFindings(banned)).toMatchObject([{ code: 'HF-STATUS-REPLICA-BANNED', where: 'bravo' }]);
    const behind = withConfiguration(withReplica({}, { disk: 'Outdated' }), (view) => ({ ...view, ...word }));
    expect(replicaFindings(behind).map(({ code }) => code)).toEqual(['HF-STATUS-REPLICA-BEHIND']);
  });

  it('of a node that came back alone names the command by which a person goes on with it', () => {
    const both = withReplica({ ...lone, role: 'Secondary', disk: 'Consistent', connection: 'Connecting' }, {});
    const snapshot = lost(both);
    expect(replicaFindings(snapshot)).toContainEqual(
      expect.objectContaining({
        code: 'HF-STATUS-REPLICA-DOUBT',
        serves: 'no',
        command: 'holdfast state resolve site.yaml --discard bravo',
      }),
    );
  });

  it('is not in doubt while the other node serves or is connected, and only does not answer this computer', () => {
    const alone = { ...lone, role: 'Secondary', disk: 'Consistent', connection: 'Connecting' } as const;
    const codesOf = (snapshot: Snapshot) => replicaFindings(snapshot).map(({ code }) => code);
    const served = ['state', 'address', 'workload-ledger'].reduce(
      (snapshot, id) => withResource(snapshot, id, { nodes: ['bravo'] }),
      withoutMachine(withReplica(alone, {}), 'bravo'),
    );
    expect(codesOf(served)).not.toContain('HF-STATUS-REPLICA-DOUBT');
    const connected = lost(withReplica({ ...alone, connection: 'Connected' }, {}));
    expect(codesOf(connected)).not.toContain('HF-STATUS-REPLICA-DOUBT');
  });

  it('of two nodes that are both back and not connected says why nobody serves', () => {
    const apart = { ...lone, role: 'Secondary', disk: 'Consistent', connection: 'Connecting' } as const;
    const stopped = { role: 'Stopped', active: false, nodes: [] };
    const nothingRuns = (snapshot: Snapshot) =>
      ['state', 'address', 'workload-ledger'].reduce(
        (each, id) => withResource(each, id, stopped),
        withMachine(snapshot, 'alpha', (machine) => ({
          ...machine,
          mounts: mapReading(machine.mounts, () => []),
          holdsAddress: mapReading(machine.holdsAddress, () => false),
        })),
      );
    const findings = replicaFindings(nothingRuns(withReplica(apart, apart)));
    expect(findings[0]).toMatchObject({
      code: 'HF-STATUS-REPLICA-APART',
      serves: 'no',
      message: expect.stringMatching(/^alpha and bravo are up.*neither knows whether the other has newer writes/),
      remedy: expect.stringContaining('switch off the node whose data are to be given up'),
    });
    const [givenUp] = replicaFindings(nothingRuns(withReplica(apart, { ...apart, connection: 'StandAlone' })));
    expect(givenUp).toMatchObject({
      remedy: expect.stringMatching(/^bravo has given up by itself/),
      command: expect.stringContaining("10.77.9.12 'drbdadm adjust state'"),
    });
    const oneKnows = replicaFindings(nothingRuns(withReplica({ ...apart, disk: 'UpToDate' }, apart)));
    expect(oneKnows.map(({ code }) => code)).not.toContain('HF-STATUS-REPLICA-APART');
  });

  it('in doubt names no way to give up the data of a node that is in the cluster', () => {
    const both = withReplica({ ...lone, role: 'Secondary', disk: 'Consistent', connection: 'Connecting' }, {});
    expect(replicaFindings(withoutMachine(both, 'bravo'))).toContainEqual(
      expect.objectContaining({
        code: 'HF-STATUS-REPLICA-DOUBT',
        remedy: expect.stringContaining('bravo is in the cluster, and only does not answer here'),
        command: expect.stringMatching(/^ssh .* 'true'$/),
      }),
    );
  });

  it('in doubt is told before the resources that it keeps from running', () => {
    const both = withReplica({ ...lone, role: 'Secondary', disk: 'Consistent', connection: 'Connecting' }, {});
    const stopped = { role: 'Stopped', active: false, nodes: [] };
    const nothing = ['state', 'address', 'workload-ledger'].reduce(
      (snapshot, id) => withResource(snapshot, id, stopped),
      withoutMachine(both, 'bravo'),
    );
    expect(assess(nothing, site).findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['HF-STATUS-NOT-RUNNING']),
    );
    expect(assess(nothing, site).findings[0]).toMatchObject({ code: 'HF-STATUS-REPLICA-DOUBT' });
  });

  it('of a node that came back alone with a good disk, which the other one forbade to serve, says so', () => {
    const both = withReplica({ ...lone, role: 'Secondary', connection: 'Connecting' }, {});
    const only = (node: string) =>
      withConfiguration(both, (view) => ({
        ...view,
        promotableOnly: { id: 'drbd-fence-by-handler-state-replica', node },
      }));
    expect(replicaFindings(lost(only('bravo')))).toContainEqual(
      expect.objectContaining({
        code: 'HF-STATUS-REPLICA-DOUBT',
        message: expect.stringContaining('bravo has newer writes'),
        command: 'holdfast state resolve site.yaml --discard bravo',
      }),
    );
    expect(replicaFindings(lost(only('alpha'))).map(({ code }) => code)).not.toContain('HF-STATUS-REPLICA-DOUBT');
  });

  it('of a node that came back alone and is out of date names no command that would be refused', () => {
    const both = withReplica({ ...lone, role: 'Secondary', disk: 'Outdated', connection: 'Connecting' }, {});
    expect(replicaFindings(lost(both))).toContainEqual(
      expect.objectContaining({
        code: 'HF-STATUS-REPLICA-DOUBT',
        remedy: expect.stringMatching(/^Switch bravo on: only its data may serve/),
        command: 'holdfast state status site.yaml',
      }),
    );
  });

  describe('of a node that came back while DRBD is not up on the other one, which answers,', () => {
    const generations = (current: string, bitmap = '0000000000000000') => ({
      current,
      bitmap,
      history: ['0000000000000000', '0000000000000000'],
    });
    const common = generations('AAAAAAAAAAAAAAA0');
    const newer = generations('BBBBBBBBBBBBBBB0', 'AAAAAAAAAAAAAAA0');
    const returned = (
      disk: DrbdStatus['disk'],
      bravo: typeof common,
      change?: (machine: ReachableMachine) => ReachableMachine,
    ) => {
      const both = withReplica({ ...lone, role: 'Secondary', disk, connection: 'Connecting', generations: common }, {});
      const value: DrbdReport = { kind: 'down', version: '8.4.11', generations: bravo };
      const down = withMachine(both, 'bravo', (machine) => ({ ...machine, replica: { known: true, value } }));
      return change === undefined ? down : withMachine(down, 'bravo', change);
    };
    const stopped = (machine: ReachableMachine): ReachableMachine => ({
      ...machine,
      units: mapReading(machine.units, (units) => units.map((unit) => ({ ...unit, active: 'inactive' }))),
    });

    it('names the command that starts the cluster there, and none that gives its data up', () => {
      const findings = replicaFindings(returned('Consistent', common, stopped));
      expect(findings).toContainEqual(
        expect.objectContaining({
          code: 'HF-STATUS-REPLICA-DOUBT',
          message: expect.stringContaining('bravo may have newer writes'),
          remedy: expect.stringMatching(/^Start the cluster on bravo/),
          command: expect.stringMatching(/^ssh .*'systemctl start corosync pacemaker'$/),
        }),
      );
      expect(JSON.stringify(findings)).not.toContain('--discard');
    });

    it.each(['Consistent', 'UpToDate', 'Outdated'] as const)(
      'says that the disk of the first, which is %s, is out of date where the other one has newer writes',
      (disk) => {
        expect(replicaFindings(returned(disk, newer, stopped))).toContainEqual(
          expect.objectContaining({
            code: 'HF-STATUS-REPLICA-DOUBT',
            message: expect.stringContaining('its disk is out of date: bravo went on writing without it'),
            remedy: expect.stringMatching(/^Start the cluster on bravo: only its data may serve/),
          }),
        );
      },
    );

    it('names the end of the maintenance where that keeps DRBD from coming up', () => {
      const standby = withNode(returned('Consistent', common), 'bravo', { standby: true });
      expect(replicaFindings(standby)).toContainEqual(
        expect.objectContaining({ command: 'holdfast maintenance site.yaml off --node bravo' }),
      );
    });

    it('names the journal where the cluster runs there', () => {
      expect(replicaFindings(returned('Consistent', common))).toContainEqual(
        expect.objectContaining({ command: expect.stringContaining('journalctl -b -u pacemaker') }),
      );
    });

    it('offers nothing that gives its data up where what DRBD holds there could not be read', () => {
      const snapshot = returned('Consistent', common, (machine) => ({ ...stopped(machine), replica: unread }));
      expect(JSON.stringify(replicaFindings(snapshot))).not.toContain('--discard');
    });
  });

  it('that cannot be read is not known, which is not fine', () => {
    const snapshot = withMachine(withReplica({}, {}), 'bravo', (machine) => ({ ...machine, replica: unread }));
    expect(replicaFindings(snapshot)).toMatchObject([
      { code: 'HF-STATUS-REPLICA-UNKNOWN', breaks: { 'active-node-loss': 'unknown' } },
    ]);
  });
});

/** A healthy site with what DRBD says on alpha, which serves, and on bravo. */
function withReplica(alpha: Partial<DrbdStatus>, bravo: Partial<DrbdStatus>): Snapshot {
  const up = (change: Partial<DrbdStatus>) => ({
    known: true as const,
    value: { kind: 'up', version: '8.4.11', status: { ...good, ...change } } as const,
  });
  const one = withMachine(healthySnapshot(), 'alpha', (machine) => ({
    ...machine,
    replica: up({ role: 'Primary', peerRole: 'Secondary', ...alpha }),
  }));
  return withMachine(one, 'bravo', (machine) => ({ ...machine, replica: up(bravo) }));
}

function replicaFindings(snapshot: Snapshot) {
  return assess(snapshot, site).findings.filter(({ code }) => /REPLICA|SPLIT-BRAIN/.test(code));
}

/** Bravo does not answer, and the cluster sees it dead. */
function lost(snapshot: Snapshot): Snapshot {
  return withNode(withoutMachine(snapshot, 'bravo'), 'bravo', { online: false });
}
