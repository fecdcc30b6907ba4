import { shellQuote } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { type EndView, type ReplicatedSite, type ReplicaView, statusOf } from './read-replica.ts';

/** What one side has that the other has not: what would be lost if it were discarded. */
export interface SideLoss {
  readonly node: string;
  readonly role: string;
  readonly disk: string;
  /** The generation of its data, and the one that both descend from, as DRBD names them. */
  readonly generation?: string;
  readonly since?: string;
  /** Bytes of blocks that it has written since the two were one; absent: it could not be asked. */
  readonly changedBytes?: number;
  /** When a file was last written there, Unix milliseconds by that node's clock, and the newest files. */
  readonly lastWrittenAtMs?: number;
  readonly newest: readonly { readonly path: string; readonly atMs: number }[];
  /** Why the files could not be looked at. */
  readonly unread?: string;
}

const newestCount = 5;

/**
 * Looks at both sides, changing neither. On the serving one the files are where they are mounted; on the other one the disk is
 * shown through a read-only loop device and mounted without a replay of its journal, so that not a byte of it changes.
 */
export async function inspectSides(
  replicated: ReplicatedSite,
  view: ReplicaView,
  hosts: Pick<Hosts, 'get'>,
  signal: AbortSignal,
): Promise<readonly [SideLoss, SideLoss]> {
  return Promise.all([
    inspectEnd(replicated, view.ends[0], hosts, signal),
    inspectEnd(replicated, view.ends[1], hosts, signal),
  ]);
}

/** One side alone, in the same way. */
export async function inspectEnd(
  { state }: ReplicatedSite,
  end: EndView,
  hosts: Pick<Hosts, 'get'>,
  signal?: AbortSignal,
): Promise<SideLoss> {
  const status = statusOf(end);
  const base = {
    node: end.node,
    role: status?.role ?? 'not up',
    disk: status?.disk ?? end.why ?? 'not known',
    ...(status === undefined ? {} : { changedBytes: status.outOfSyncBytes }),
    ...(status?.generations === undefined
      ? {}
      : { generation: status.generations.current, since: status.generations.bitmap }),
  };
  if (end.report === null) return { ...base, newest: [], unread: end.why ?? 'no answer' };
  const { exitCode, stdout, stderr } = await hosts
    .get(end.node)
    .run(inspectScript(state.filesystem, end.disk, state.mountPoint, status?.role === 'Primary'), {
      timeoutMs: 90_000,
      ...(signal === undefined ? {} : { signal }),
    });
  if (exitCode !== 0)
    return { ...base, newest: [], unread: stderr.trim().split('\n').at(-1) ?? `exit code ${exitCode}` };
  const newest = readNewest(stdout);
  const [first] = newest;
  return { ...base, newest, ...(first === undefined ? {} : { lastWrittenAtMs: first.atMs }) };
}

function inspectScript(filesystem: 'ext4' | 'xfs', disk: string, mountPoint: string, isServing: boolean): string {
  const newest = (where: string) =>
    `timeout 60 find ${where} -xdev -type f -printf '%T@ %P\\n' 2>/dev/null | sort -rn | head -n ${newestCount}`;
  if (isServing) {
    return `mountpoint -q ${shellQuote(mountPoint)} || { echo 'it is not mounted' >&2; exit 1; }
${newest(shellQuote(mountPoint))}`;
  }
  // DRBD writes past the kernel's cache of the disk below it: what was read there before is old, and is dropped.
  return `set -e
place=$(mktemp -d /run/holdfast-look.XXXXXX)
trap 'umount "$place" 2>/dev/null; [ -z "$loop" ] || losetup --detach "$loop"; rmdir "$place"' EXIT
blockdev --flushbufs ${shellQuote(disk)}
loop=$(losetup --find --show --read-only ${shellQuote(disk)})
mount -t ${filesystem} -o ${lookOptions(filesystem)} "$loop" "$place"
${newest('"$place"')}`;
}

/** For mount(8), to look at a copy without a byte of it changing: a journal that is replayed would be written. */
export function lookOptions(filesystem: 'ext4' | 'xfs'): string {
  return filesystem === 'ext4' ? 'ro,noload' : 'ro,norecovery,nouuid';
}

function readNewest(stdout: string): readonly { readonly path: string; readonly atMs: number }[] {
  return stdout.split('\n').flatMap((line) => {
    const [, seconds, path] = /^(\d+\.\d+) (.+)$/.exec(line) ?? [];
    return seconds === undefined || path === undefined ? [] : [{ path, atMs: Math.round(Number(seconds) * 1000) }];
  });
}
