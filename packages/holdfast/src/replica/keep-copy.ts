import { posix } from 'node:path';
import { bytesInWords, type Clock, HoldfastError, type ProgressSink, shellQuote } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';

export interface KeptCopy {
  readonly node: string;
  /** On that node: an image of the whole disk, readable with `mount` and the options of `lookOptions`. */
  readonly path: string;
  readonly bytes: number;
}

/** Where copies go unless it is told otherwise. */
export const discardedDirectory = '/var/lib/holdfast/discarded';

export function defaultCopyPath(site: string, node: string, clock: Clock): string {
  const stamp = new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${discardedDirectory}/${site}-${node}-${stamp}.img`;
}

const copyTimeoutMs = 24 * 60 * 60_000;

/** A copy that shall be made. */
export interface WantedCopy {
  readonly host: Host;
  readonly disk: string;
  readonly path: string;
  readonly progress: ProgressSink;
  readonly signal: AbortSignal;
}

/**
 * Copies the whole disk of a node to a file there, and compares the two. Room is asked for before. Throws HF-STATE-COPY-SPACE,
 * HF-STATE-COPY; a file that did not become whole is removed.
 */
export async function keepCopy(wanted: WantedCopy): Promise<KeptCopy> {
  const bytes = await requireRoom(wanted);
  const { host, disk, path, progress, signal } = wanted;
  progress({ kind: 'task-started', id: 'copy', title: `Keep a copy of ${disk} in ${path}`, host: host.name });
  const copied = await copy(host, disk, path, bytes, progress, signal);
  if (copied !== undefined) throw failed(host.name, path, copied);
  progress({ kind: 'task-finished', id: 'copy', outcome: 'done', note: bytesInWords(bytes) });
  return { node: host.name, path, bytes };
}

/**
 * The size of the copy in bytes, for all of which there is room, though blocks of zeros take none. Throws HF-STATE-COPY-SPACE,
 * HF-STATE-COPY.
 */
export async function requireRoom({ host, disk, path, signal }: WantedCopy): Promise<number> {
  const folder = posix.dirname(path);
  const asked = await host.run(
    `[ ! -e ${shellQuote(path)} ] || { echo exists; exit 0; }
mkdir -p -m 700 -- ${shellQuote(folder)} || exit 1
echo "room $(df -PB1 -- ${shellQuote(folder)} | awk 'NR == 2 {print $4}') $(blockdev --getsize64 ${shellQuote(disk)})"`,
    { signal },
  );
  if (asked.stdout.startsWith('exists')) throw failed(host.name, path, 'there is a file already');
  const [, room = '0', size] = /^room (\d+) (\d+)$/m.exec(asked.stdout) ?? [];
  if (size === undefined) throw failed(host.name, path, asked.stderr.trim());
  if (Number(room) < Number(size)) throw noRoom(host.name, folder, Number(room), Number(size));
  return Number(size);
}

/** Undefined when the copy is whole, compared, and on the disk. */
async function copy(
  host: Host,
  disk: string,
  path: string,
  size: number,
  progress: ProgressSink,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Read past the kernel's cache of the disk: DRBD writes past it, so that what stands there may be old.
  const script = `umask 077
trap 'kill "$work" 2>/dev/null; [ -n "$whole" ] || rm -f -- ${shellQuote(path)}' EXIT
blockdev --flushbufs ${shellQuote(disk)}
{ dd if=${shellQuote(disk)} of=${shellQuote(path)} bs=4M iflag=direct conv=sparse,fsync 2>&1 && truncate -s ${size} -- ${shellQuote(path)} &&
  cmp -- ${shellQuote(disk)} ${shellQuote(path)} 2>&1 && sync -- ${shellQuote(path)}; } >/tmp/holdfast-copy.$$ &
work=$!
while kill -0 "$work" 2>/dev/null; do echo "at $(stat -c %s -- ${shellQuote(path)} 2>/dev/null)"; sleep 2; done
if wait "$work"; then whole=yes; echo whole; else echo "failed $(tail -n 1 /tmp/holdfast-copy.$$)"; fi
rm -f /tmp/holdfast-copy.$$`;
  let said: string | undefined = 'the connection was lost';
  for await (const line of host.lines(script, { timeoutMs: copyTimeoutMs, signal })) {
    const [word = '', ...rest] = line.split(' ');
    if (word === 'whole') said = undefined;
    if (word === 'failed') said = rest.join(' ');
    if (word === 'at') {
      const done = Number(rest[0] ?? 0);
      const text = done < size ? `${((100 * done) / size).toFixed(0)} %` : 'comparing';
      progress({ kind: 'task-output', id: 'copy', text });
    }
  }
  signal.throwIfAborted();
  return said;
}

function noRoom(node: string, folder: string, room: number, size: number): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-COPY-SPACE',
    message: `${folder} on ${node} has ${bytesInWords(room)} free; the copy of what is discarded needs ${bytesInWords(size)}. Nothing was changed.`,
    remedy: `Mount a larger disk on ${node}, and name a file on it with --keep.`,
    source: 'site',
  });
}

function failed(node: string, path: string, said: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-COPY',
    message: `No copy could be kept in ${path} on ${node}: ${said === '' ? 'nothing was printed' : said}. Nothing was discarded.`,
    remedy: `Name another file with --keep, or mend what is wrong on ${node}.`,
    source: 'site',
  });
}
