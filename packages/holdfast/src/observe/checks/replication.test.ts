import { describe, expect, it } from 'vitest';
import {
  healthySnapshot,
  replicatedSite as site,
  unread,
  withConfiguration,
  withMachine,
  withoutMachine,
  withResource,
} from '../../../test/observe/healthy-site.ts';
import type { DrbdReport, DrbdStatus } from '../../engines/drbd/index.ts';
import { assess } from '../assess.ts';
import { renderStatus } from '../render-status.ts';
import type { Snapshot } from '../snapshot-types.ts';

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

  it('whose standby does not run DRBD follows nothing', () => {
    const down: DrbdReport = { kind: 'down', version: '8.4.11' };
    const snapshot = withMachine(withReplica({}, {}), 'bravo', (machine) => ({
      ...machine,
      replica: { known: true, value: down },
    }));
    expect(replicaFindings(snapshot)).toMatchObject([{ code: 'HF-STATUS-REPLICA-DOWN', where: 'bravo' }]);
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
  });

  it('that a verification found to differ is not known to survive', () => {
    expect(replicaFindings(withReplica({}, { outOfSyncBytes: 8192 }))).toMatchObject([
      { code: 'HF-STATUS-REPLICA-DIFFERS', message: expect.stringContaining('8.0 KiB') },
    ]);
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
    const snapshot = withoutMachine(both, 'bravo');
    expect(replicaFindings(snapshot)).toContainEqual(
      expect.objectContaining({
        code: 'HF-STATUS-REPLICA-DOUBT',
        serves: 'no',
        command: 'holdfast state resolve site.yaml --discard bravo',
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
    expect(replicaFindings(withoutMachine(only('bravo'), 'bravo'))).toContainEqual(
      expect.objectContaining({
        code: 'HF-STATUS-REPLICA-DOUBT',
        message: expect.stringContaining('bravo has newer writes'),
        command: 'holdfast state resolve site.yaml --discard bravo',
      }),
    );
    expect(replicaFindings(withoutMachine(only('alpha'), 'bravo')).map(({ code }) => code)).not.toContain(
      'HF-STATUS-REPLICA-DOUBT',
    );
  });

  it('of a node that came back alone and is out of date names no command that would be refused', () => {
    const both = withReplica({ ...lone, role: 'Secondary', disk: 'Outdated', connection: 'Connecting' }, {});
    expect(replicaFindings(withoutMachine(both, 'bravo'))).toContainEqual(
      expect.objectContaining({
        code: 'HF-STATUS-REPLICA-DOUBT',
        remedy: expect.stringMatching(/^Switch bravo on: only its data may serve/),
        command: 'holdfast state status site.yaml',
      }),
    );
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
