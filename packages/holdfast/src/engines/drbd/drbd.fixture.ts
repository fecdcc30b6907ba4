import type { DrbdResource } from './resource.ts';
import type { DrbdStatus } from './status.ts';
import { drbdTiming } from './timing.ts';

/** A resource for tests, of two nodes with two networks. */
export const resource: DrbdResource = {
  name: 'state',
  minor: 0,
  nodes: [
    { name: 'alpha', disk: '/dev/disk/by-partlabel/state', addresses: ['10.77.2.11', '10.77.1.11'], port: 7789 },
    { name: 'bravo', disk: '/dev/vg0/state', addresses: ['10.77.2.12', '10.77.1.12'], port: 7789 },
  ],
  timing: drbdTiming({ tokenMs: 1_000, slowness: 1 }),
  fencePeer: '/usr/lib/holdfast/fence-peer replica alpha bravo 60',
};

/** The same over IPv6, with the patience of a cloud, and a checksum on the way. */
export const cloudResource: DrbdResource = {
  ...resource,
  nodes: [
    { ...resource.nodes[0], addresses: ['fd00:77::11'] },
    { ...resource.nodes[1], addresses: ['fd00:77::12'] },
  ],
  timing: drbdTiming({ tokenMs: 5_000, slowness: 1 }),
  integrityAlgorithm: 'crc32c',
};

/** A node that came up alone: its disk may not be the newest. */
export const loneStatus = {
  role: 'Secondary',
  disk: 'Consistent',
  connection: 'Connecting',
  peerRole: 'Unknown',
  peerDisk: 'DUnknown',
  replication: 'Off',
  outOfSyncBytes: 0,
  suspended: false,
} as const satisfies DrbdStatus;
