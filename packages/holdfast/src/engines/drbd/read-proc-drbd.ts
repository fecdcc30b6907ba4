import { type DrbdStatus, diskStateOf, roleOf } from './status.ts';

/**
 * The lines of one minor in /proc/drbd of the kernel's 8.4 (drivers/block/drbd/drbd_proc.c, `drbd_seq_show`); undefined where
 * the minor is not configured.
 */
export function readDrbd84(lines: readonly string[]): DrbdStatus | undefined {
  const [, connection, role, peerRole, disk, peerDisk, flags = ''] =
    /^\s*\d+: cs:(\S+) ro:([^/\s]+)\/(\S+) ds:([^/\s]+)\/(\S+)\s+[ABC ]\s+(\S+)/.exec(lines[0] ?? '') ?? [];
  if (connection === undefined || role === undefined || peerRole === undefined) return undefined;
  const text = lines.join('\n');
  const outOfSyncKib = Number(/\boos:(\d+)/.exec(text)?.[1] ?? 0);
  const progress = progressIn(text);
  const isConnected = !withoutPeer.has(connection);
  return {
    role: roleOf(role),
    disk: diskStateOf(disk ?? ''),
    connection: isConnected ? 'Connected' : (renamed[connection] ?? connection),
    peerRole: roleOf(peerRole),
    peerDisk: diskStateOf(peerDisk ?? ''),
    replication: isConnected ? (connection === 'Connected' ? 'Established' : connection) : 'Off',
    outOfSyncBytes: outOfSyncKib * 1024,
    ...(progress === undefined ? {} : { progress }),
    // The first flag: `r` runs, `s` is suspended.
    suspended: flags.startsWith('s'),
  };
}

/** The states below C_CONNECTED in drbd.h. */
const withoutPeer = new Set([
  'Unconfigured',
  'StandAlone',
  'Disconnecting',
  'Unconnected',
  'Timeout',
  'BrokenPipe',
  'NetworkFailure',
  'ProtocolError',
  'TearDown',
  'WFConnection',
  'WFReportParams',
]);

/** What DRBD 9 calls them. */
const renamed: Readonly<Record<string, string>> = { WFConnection: 'Connecting' };

function progressIn(text: string): { percent: number; secondsLeft?: number } | undefined {
  const percent = /(?:sync'ed|verified):\s*([0-9.]+)%/.exec(text)?.[1];
  if (percent === undefined) return undefined;
  const [, hours, minutes, seconds] = /finish: (\d+):(\d\d):(\d\d)/.exec(text) ?? [];
  if (hours === undefined) return { percent: Number(percent) };
  return { percent: Number(percent), secondsLeft: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) };
}
