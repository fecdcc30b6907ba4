import { type DrbdStatus, diskStateOf, roleOf } from './status.ts';

/**
 * `drbdsetup status NAME --json --statistics` of DRBD 9 (drbd-utils, user/v9/drbdsetup.c, `*_status_json`); undefined where it
 * holds no resource with a device. Sizes are in KiB there.
 */
export function readDrbd9(text: string): DrbdStatus | undefined {
  const [resource] = asList(parsed(text));
  const [device] = asList(field(resource, 'devices'));
  if (device === undefined) return undefined;
  const [connection] = asList(field(resource, 'connections'));
  const [peer] = asList(field(connection, 'peer_devices'));
  const state = word(field(connection, 'connection-state'), 'StandAlone');
  const replication = word(field(peer, 'replication-state'), 'Off');
  const percent = field(peer, 'percent-resync-done');
  const secondsLeft = field(peer, 'estimated-seconds-to-finish');
  return {
    role: roleOf(word(field(resource, 'role'), 'Unknown')),
    disk: diskStateOf(word(field(device, 'disk-state'), 'DUnknown')),
    connection: state,
    peerRole: roleOf(word(field(connection, 'peer-role'), 'Unknown')),
    peerDisk: diskStateOf(word(field(peer, 'peer-disk-state'), 'DUnknown')),
    replication: state === 'Connected' ? replication : 'Off',
    outOfSyncBytes: number(field(peer, 'out-of-sync')) * 1024,
    ...(isBusy(replication) && typeof percent === 'number'
      ? { progress: { percent, ...(isTime(secondsLeft) ? { secondsLeft } : {}) } }
      : {}),
    suspended: field(resource, 'suspended') === true,
  };
}

/** It says 987654321 where it does not know. */
function isTime(seconds: unknown): seconds is number {
  return typeof seconds === 'number' && seconds < 900_000_000;
}

function isBusy(replication: string): boolean {
  return !['Off', 'Established'].includes(replication);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function word(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
