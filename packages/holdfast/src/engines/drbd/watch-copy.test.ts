import { describe, expect, it } from 'vitest';
import type { DrbdStatus } from './status.ts';
import { progressInWords, watchCopy } from './watch-copy.ts';

const base = { role: 'Secondary', peerRole: 'Secondary', connection: 'Connected', suspended: false } as const;
const source: DrbdStatus = {
  ...base,
  disk: 'UpToDate',
  peerDisk: 'Inconsistent',
  replication: 'SyncSource',
  outOfSyncBytes: 900,
};
const target: DrbdStatus = { ...source, disk: 'Inconsistent', peerDisk: 'UpToDate', replication: 'SyncTarget' };
const same: DrbdStatus = {
  ...base,
  disk: 'UpToDate',
  peerDisk: 'UpToDate',
  replication: 'Established',
  outOfSyncBytes: 0,
};
const apart: DrbdStatus = { ...source, connection: 'Connecting', peerDisk: 'DUnknown', replication: 'Off' };
const goesOn = { kind: 'goes-on' };

describe('A copy that is watched', () => {
  it('has ended when both hold the same, by the word of both or of the one that answers', () => {
    expect(watchCopy(1)([same, same], 0)).toEqual({ kind: 'same' });
    expect(watchCopy(1)([undefined, same], 0)).toEqual({ kind: 'same' });
    expect(watchCopy(1)([same, { ...same, disk: 'Consistent' }], 0)).toEqual(goesOn);
    expect(watchCopy(1)([{ ...same, connection: 'Connecting', peerDisk: 'DUnknown' }, undefined], 0)).toEqual(goesOn);
  });

  it('stands still when nothing moves for five minutes, as many times longer as the machines need', () => {
    for (const patience of [1, 4]) {
      const judge = watchCopy(patience);
      const limitMs = 300_000 * patience;
      expect(judge([source, target], 10)).toEqual(goesOn);
      expect(judge([source, target], 10 + limitMs - 1)).toEqual(goesOn);
      expect(judge([source, target], 10 + limitMs)).toEqual({ kind: 'stands-still', forMs: limitMs });
      expect(judge([{ ...source, outOfSyncBytes: 899 }, target], 11 + limitMs)).toEqual(goesOn);
    }
  });

  it('is apart after a minute without a connection, and remembers whether there was one', () => {
    const judge = watchCopy(1);
    expect(judge([apart, undefined], 0)).toEqual(goesOn);
    expect(judge([apart, undefined], 60_000)).toEqual({ kind: 'apart', haveMet: false });
    expect(judge([source, target], 61_000)).toEqual(goesOn);
    expect(judge([undefined, undefined], 62_000)).toEqual(goesOn);
    expect(judge([apart, undefined], 121_999)).toEqual(goesOn);
    expect(judge([apart, undefined], 122_000)).toEqual({ kind: 'apart', haveMet: true });
  });

  it('does not count the time in which the two were apart as standing still', () => {
    const judge = watchCopy(10);
    judge([source, target], 0);
    judge([apart, undefined], 500_000);
    expect(judge([source, target], 3_100_000)).toEqual(goesOn);
  });

  it('ends with the disk that died, seen twice in a row: once may be one that is being attached', () => {
    const dead: DrbdStatus = { ...target, disk: 'Diskless' };
    const judge = watchCopy(1);
    expect(judge([source, dead], 0)).toEqual(goesOn);
    expect(judge([source, target], 2_000)).toEqual(goesOn);
    expect(judge([source, dead], 4_000)).toEqual(goesOn);
    expect(judge([source, dead], 6_000)).toEqual({ kind: 'disk-died', end: 1 });
    const other = watchCopy(1);
    other([undefined, { ...same, peerDisk: 'Failed' }], 0);
    expect(other([undefined, { ...same, peerDisk: 'Failed' }], 1)).toEqual({ kind: 'disk-died', end: 0 });
  });

  it('is told in words', () => {
    expect(progressInWords({ percent: 43 })).toBe('43.0 %');
    expect(progressInWords({ percent: 43.26, secondsLeft: 89 })).toBe('43.3 %, 89 s left');
    expect(progressInWords({ percent: 1, secondsLeft: 150 })).toBe('1.0 %, 3 min left');
  });
});
