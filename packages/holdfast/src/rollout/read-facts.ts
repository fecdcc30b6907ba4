import { HoldfastError } from '../core/index.ts';
import { readAgreedBytes, readDrbdReport, sectorBytes } from '../engines/drbd/index.ts';
import {
  type ClusterFact,
  type DeviceContent,
  type DeviceFact,
  emptyRecord,
  type FileFact,
  type HostFacts,
  type MountPointFact,
  type ReplicaFact,
  type UnitFact,
} from './facts.ts';
import type { FactsRequest } from './facts-script.ts';
import { readRecord } from './record.ts';

/** Reads what the facts script of that request printed on a machine. Throws HoldfastError when it is not complete. */
export function readFacts(
  host: string,
  request: FactsRequest,
  printed: string,
  asked: { readonly sentAtMs: number; readonly answeredAtMs: number },
): HostFacts {
  const rows = printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  const all = (key: string) => rows.filter((row) => row[0] === key).map((row) => row.slice(1));
  const one = (key: string): readonly string[] => {
    const row = all(key)[0];
    if (row === undefined) throw incomplete(host, key);
    return row;
  };
  const endedAtMs = Number(one('end')[0]);
  const [nodeName = '', kernel = '', architecture = ''] = one('machine');
  const [id = '', version = '', osName = ''] = one('os');
  const [apt, scheduler] = one('has');
  const record = all('record')[0]?.[0];
  const answers = all('answers')[0]?.[0];
  return {
    name: host,
    nodeName,
    kernel,
    architecture,
    os: { id, version, name: osName },
    hasApt: apt === 'apt',
    clockOffsetMs: clockOffset(asked, Number(one('now')[0]), endedAtMs),
    freeBytes: Number(one('free')[0]) * 1024,
    packages: Object.fromEntries(
      all('package').flatMap(([name = '', installed = '', status]) =>
        status === 'installed' ? [[name, installed]] : [],
      ),
    ),
    files: readFiles(request, all('stat'), all('sum'), all('text')),
    units: readUnits(host, request, one, all('definition')),
    devices: Object.fromEntries(
      all('device').map(([path = '', ...fields]) => [
        path,
        readDevice(
          fields,
          all('damage').find(([on]) => on === path),
        ),
      ]),
    ),
    mountPoints: Object.fromEntries(all('mount-point').map(([path = '', state = '']) => [path, readMountPoint(state)])),
    addresses: all('address').map(([address = '']) => address),
    virtualAddressAnswers: answers === undefined ? null : answers === 'yes',
    cluster: readCluster(one('cluster')),
    hasScheduler: scheduler === 'scheduler',
    ...(request.replica === undefined ? {} : { replica: readReplica(all) }),
    fenceAgents: Object.fromEntries(all('fence-agent').map(([agent = '', xml = '']) => [agent, decode(xml)])),
    ...watchdogFact(all('watchdog')[0]?.[0]),
    record: record === undefined ? emptyRecord : readRecord(decode(record)),
  };
}

/**
 * The machine's clock against ours. What was not spent by the script was spent before or after it, so the offset lies between
 * two bounds; the one nearest to zero is taken.
 */
function clockOffset(
  asked: { readonly sentAtMs: number; readonly answeredAtMs: number },
  beganAtMs: number,
  endedAtMs: number,
): number {
  const most = beganAtMs - asked.sentAtMs;
  const least = endedAtMs - asked.answeredAtMs;
  if (least <= 0 && most >= 0) return 0;
  return Math.abs(least) < Math.abs(most) ? least : most;
}

function readFiles(
  request: FactsRequest,
  stats: readonly string[][],
  sums: readonly string[][],
  texts: readonly string[][],
): Record<string, FileFact> {
  const paths = [...request.textFiles.map(({ path }) => path), ...request.opaqueFiles];
  return Object.fromEntries(
    paths.map((path): [string, FileFact] => {
      const stat = stats.find(([name]) => name === path);
      if (stat === undefined) return [path, { kind: 'absent' }];
      const [, mode = '', owner = '', type = ''] = stat;
      const sha256 = sums.find(([name]) => name === path)?.[1];
      if (!type.startsWith('regular')) return [path, { kind: 'other', what: type }];
      if (sha256 === undefined) return [path, { kind: 'unreadable' }];
      const text = texts.find(([name]) => name === path)?.[1];
      const file = { kind: 'file', sha256, mode: Number.parseInt(mode, 8), owner } as const;
      return [path, text === undefined ? file : { ...file, text: decode(text) }];
    }),
  );
}

/** `systemctl show` prints one block for each unit, in the order asked for. */
function readUnits(
  host: string,
  request: FactsRequest,
  one: (key: string) => readonly string[],
  definitions: readonly string[][],
): Record<string, UnitFact> {
  if (request.units.length === 0) return {};
  const blocks = decode(one('units')[0] ?? '')
    .trim()
    .split('\n\n');
  if (blocks.length !== request.units.length) throw incomplete(host, 'units');
  return Object.fromEntries(
    request.units.map((unit, index): [string, UnitFact] => {
      const shown = readPairs(blocks[index] ?? '');
      const definition = definitions.find(([name]) => name === unit)?.[1];
      const state = {
        load: shown.LoadState ?? '',
        active: shown.ActiveState ?? '',
        enabled: shown.UnitFileState ?? '',
        needsReload: shown.NeedDaemonReload === 'yes',
      };
      return [unit, definition === undefined ? state : { ...state, definition }];
    }),
  );
}

function readDevice(fields: readonly string[], damage: readonly string[] | undefined): DeviceFact {
  const [kind, size = '', mountedAt = '', holders = '', identity = '', found, signature, other, area, fingerprint] =
    fields;
  if (kind !== 'block') return { kind: 'absent' };
  return {
    kind: 'block',
    sizeBytes: Number(size),
    ...(mountedAt === '' ? {} : { mountedAt }),
    holders: holders.split(' ').filter((each) => each !== ''),
    ...(identity.trim() === '' ? {} : { identity: identity.trim() }),
    content: readContent({ found, signature, other, area, fingerprint }),
    ...(damage === undefined ? {} : { damage: decode(damage[1] ?? '').trim() }),
  };
}

/**
 * blkid(8): 0, a signature was found; 2, none was; anything else says that it does not know (8: several that contradict
 * each other). Only "none" together with silence from wipefs and zeros at both ends is empty.
 */
function readContent(probe: {
  readonly found: string | undefined;
  readonly signature: string | undefined;
  readonly other: string | undefined;
  readonly area: string | undefined;
  readonly fingerprint: string | undefined;
}): DeviceContent {
  const shown = readPairs(decode(probe.signature ?? ''));
  if (probe.found === '0') {
    const label = shown.LABEL;
    if (shown.USAGE === 'filesystem' && shown.TYPE !== undefined) {
      const filesystem = { kind: 'filesystem', type: shown.TYPE, uuid: shown.UUID ?? 'none' } as const;
      return label === undefined ? filesystem : { ...filesystem, label };
    }
    return {
      kind: 'signature',
      type: shown.TYPE ?? shown.PTTYPE ?? 'unknown',
      id: shown.UUID ?? shown.PTUUID ?? 'none',
    };
  }
  const silent = decode(probe.other ?? '').trim() === '';
  if (probe.found === '2' && silent && probe.area === '0') return { kind: 'empty' };
  return { kind: 'unknown', fingerprint: probe.fingerprint ?? 'unread' };
}

function readReplica(all: (key: string) => readonly string[][]): ReplicaFact {
  const [loaded = '', available = ''] = all('drbd-module')[0] ?? [];
  const version = loaded === '' ? available : loaded;
  const { TYPE: type, UUID: uuid } = readPairs(decode(all('drbd-content')[0]?.[0] ?? ''));
  const usedBytes = readUsedBytes(all('drbd-size')[0] ?? []);
  return {
    ...(version === '' ? {} : { moduleVersion: version }),
    report: readDrbdReport(decode(all('drbd-report')[0]?.[0] ?? '')),
    ...(type === undefined ? {} : { fileSystem: { type, uuid: uuid ?? 'none' } }),
    ...(usedBytes === undefined ? {} : { usedBytes }),
  };
}

/** The kernel's word where the device is in use; it has no size while it is not. Else what is noted on the disk. */
function readUsedBytes([sectors = '', agreed = '']: readonly string[]): number | undefined {
  const inUse = Number(sectors) * sectorBytes;
  return inUse > 0 ? inUse : readAgreedBytes(agreed);
}

function watchdogFact(found: string | undefined): Pick<HostFacts, 'watchdog'> {
  if (found === undefined) return {};
  return { watchdog: found === 'device' || found === 'softdog' ? found : 'none' };
}

function readMountPoint(state: string): MountPointFact {
  return { exists: state !== 'absent', mounted: state === 'mounted', holdsFiles: state === 'holds-files' };
}

function readCluster([kind, cib = '']: readonly string[]): ClusterFact {
  if (kind === 'running' || kind === 'stopped') return { kind, cibXml: decode(cib) };
  return { kind: kind === 'none' ? 'none' : 'silent' };
}

function readPairs(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const equals = line.indexOf('=');
      return equals === -1 ? [] : [[line.slice(0, equals), line.slice(equals + 1)]];
    }),
  );
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function incomplete(host: string, what: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-FACTS-INCOMPLETE',
    message: `${host} did not tell everything that was asked (missing: ${what}).`,
    remedy:
      'Check that it is a Debian or Ubuntu machine with systemd and a healthy root file system, then run this again.',
    source: 'site',
  });
}
