import { generationsIn, isNewGeneration } from './generations.ts';
import type { DrbdReport } from './report.ts';

/** What DRBD noted on a disk when it was last used, apart from the generations. */
export interface DiskNotes {
  /** Not half copied. */
  readonly consistent: boolean;
  /** It had every write that this node knew of. */
  readonly upToDate: boolean;
  readonly wasPrimary: boolean;
  readonly wasConnected: boolean;
  /** The other disk was marked as stale, or was one: this node went on without it. */
  readonly peerStale: boolean;
}

/** What can be said of the data of a node whose peer cannot be asked. */
export type Freshness =
  /** No disk, or notes that were just made. */
  | 'no-data'
  | 'half-copied'
  | 'out-of-date'
  /**
   * This node went on writing after the other one was fenced or marked as stale. No machine lets that one serve by itself since; a
   * person may have (start-alone, state resolve), which nothing on this disk can tell.
   */
  | 'newest-when-last-up'
  /** As new as the other one when they last met; that one may have gone on alone since. */
  | 'perhaps-newest'
  | 'unknown';

/**
 * The flags behind the generations as `drbdadm get-gi` prints them: seven by 8.4 (`dt_print_uuids` in drbd-utils,
 * user/shared/shared_tool.c), twelve by 9 (`dt_print_v9_uuids` in user/v9/drbdtool_common.c). Undefined for anything else.
 */
export function readDiskNotes(line: string): DiskNotes | undefined {
  const flags = /^(?:[0-9A-F]{16}:){4}([01](?::[01])*)\s*$/i
    .exec(line.trim())?.[1]
    ?.split(':')
    .map((each) => each === '1');
  if (flags === undefined) return undefined;
  const places = placesOf[flags.length];
  if (places === undefined) return undefined;
  const [consistent = false, upToDate = false, wasPrimary = false] = flags;
  return {
    consistent,
    upToDate,
    wasPrimary,
    wasConnected: flags[places.connected] === true,
    peerStale: flags[places.peerStale] === true,
  };
}

/** By the number of flags; the first three are the same. */
const placesOf: Readonly<Record<number, { readonly connected: number; readonly peerStale: number }>> = {
  7: { connected: 3, peerStale: 5 },
  12: { connected: 7, peerStale: 8 },
};

/** As `meta_dstate` in drbd-utils, user/shared/drbdmeta.c, judges a disk that is not in use. */
export function freshnessOf(report: DrbdReport | undefined): Freshness {
  if (report === undefined) return 'unknown';
  const generations = generationsIn(report);
  if (generations !== undefined && isNewGeneration(generations)) return 'no-data';
  const disk = report.kind === 'up' ? report.status.disk : undefined;
  if (disk === 'Diskless' || disk === 'Failed' || disk === 'Detaching') return 'no-data';
  if (disk === 'Inconsistent') return 'half-copied';
  if (disk === 'Outdated') return 'out-of-date';
  const { notes } = report;
  if (notes === undefined) return 'unknown';
  if (!notes.consistent) return 'half-copied';
  if (!notes.upToDate) return 'out-of-date';
  return notes.peerStale ? 'newest-when-last-up' : 'perhaps-newest';
}

/** The size in bytes that both disks last agreed upon, as `drbdadm show-gi` prints it of a disk that is not in use (`meta_show_gi`, ibid.). */
export function readAgreedBytes(text: string): number | undefined {
  const sectors = Number(/^last agreed size: .*\((\d+) sectors\)/m.exec(text)?.[1] ?? 0);
  return sectors === 0 ? undefined : sectors * sectorBytes;
}

/**
 * Bytes of a device that hold data when DRBD's notes at its end are those of `create-md` for one peer, to the byte: the superblock in
 * the last whole 4 KiB, 32 KiB of activity log before it, and before that the bitmap, 4 KiB for each begun 128 MiB of the whole
 * device (`re_initialize_md_offsets`, ibid.; `drbd_md_set_sector_offsets` in 8.4's drbd_nl.c).
 */
export function dataBytes(deviceBytes: number): number {
  return (
    Math.floor(deviceBytes / blockBytes) * blockBytes -
    blockBytes -
    activityLogBytes -
    Math.ceil(deviceBytes / bitmapReachBytes) * blockBytes
  );
}

/** The smallest device that holds that many bytes of data. */
export function deviceBytesFor(wantedBytes: number): number {
  let deviceBytes = Math.ceil(wantedBytes / blockBytes) * blockBytes;
  while (dataBytes(deviceBytes) < wantedBytes) deviceBytes += wantedBytes - dataBytes(deviceBytes);
  return deviceBytes;
}

export const sectorBytes = 512;
const blockBytes = 4096;
const activityLogBytes = 32 * 1024;
/** What one block of the bitmap speaks of: a bit for each 4 KiB. */
const bitmapReachBytes = blockBytes * 8 * blockBytes;
