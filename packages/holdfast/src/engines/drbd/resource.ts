/**
 * A DRBD resource of two nodes with one volume, as Holdfast uses it. What both kernels take stands here once; where each wants it
 * in its file is the business of the two writers.
 */
export interface DrbdResource {
  /** The name in `drbdadm`, and of its file. */
  readonly name: string;
  readonly minor: number;
  readonly nodes: readonly [DrbdNode, DrbdNode];
  readonly timing: DrbdTiming;
  /** The command that DRBD asks before a node is promoted, or writes on, without the other one: drbd.conf(5), fence-peer. */
  readonly fencePeer: string;
  /** Of every block on its way, by the kernel's name for it; absent: none. */
  readonly integrityAlgorithm?: 'crc32c' | 'sha1' | 'sha256';
}

export interface DrbdNode {
  /** What `uname -n` prints there: DRBD looks for itself by it. */
  readonly name: string;
  /** The device below: a partition, a logical volume, a whole disk. Its last part becomes DRBD's own notes. */
  readonly disk: string;
  /** Where the other node reaches it, the best first. The kernel's 8.4 uses the first alone. */
  readonly addresses: readonly [string, ...string[]];
  readonly port: number;
}

/** Times in the units of drbd.conf(5). */
export interface DrbdTiming {
  /** An idle connection is asked for a sign of life after so many seconds. */
  readonly pingIntSeconds: number;
  /** The sign must come within so many tenths of a second. */
  readonly pingTimeoutTenths: number;
  /** An answer to anything else must come within so many tenths; below pingInt and connectInt. */
  readonly timeoutTenths: number;
  readonly connectIntSeconds: number;
  /** What a resync takes of the disks while the workload writes: MiB/s. */
  readonly resyncFloorMib: number;
  /** A peer that leaves one write unanswered for this many timeouts is given up. */
  readonly koCount: number;
}

/** Which kernel module reads the file: the one in Linux since 2.6.33 (8.4), or LINBIT's own (9). */
export type DrbdKernel = '8.4' | '9';

/**
 * The kernel's kind from a version as `modinfo` and /proc/drbd print it (`8.4.11`, `9.2.10`); undefined for one that Holdfast does
 * not write for.
 */
export function drbdKernelOf(version: string): DrbdKernel | undefined {
  if (/^8\.4\b/.test(version)) return '8.4';
  return /^9\.\d/.test(version) ? '9' : undefined;
}

/** Bytes of the device below that DRBD keeps for itself with internal meta data; drbd-utils, user/shared/drbdmeta.c. */
export function metadataBytes(deviceBytes: number): number {
  // One bit for 4 KiB, rounded up to 8 bytes and then to 4 KiB; 4 KiB of superblock, 32 KiB of activity log, and one MiB of
  // room for the rounding and for the several bitmaps that DRBD 9 can be made for.
  const bitmap = Math.ceil(deviceBytes / (4096 * 8) / 4096) * 4096;
  return bitmap + 36 * 1024 + 1024 * 1024;
}

/** The least that DRBD and a journalled file system on it can live on. */
export const leastDiskBytes = 64 * 1024 * 1024;
