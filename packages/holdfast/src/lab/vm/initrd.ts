import { networkNames } from '../layout.ts';

/** What the first program prints when the kernel runs; the probe of hardware virtualisation waits for it. */
export const kernelRunsMark = 'holdfast: the kernel runs';

/** The kernel modules that a machine needs before it has its root file system, and the watchdog's. */
export const initrdModules = [
  'crc32c_generic',
  'virtio_pci',
  'virtio_blk',
  'ext4',
  'virtio_net',
  'virtio_rng',
  'i6300esb',
] as const;

/**
 * The first program of a machine, run by BusyBox: it loads the modules, names the cards and goes over to the root disk.
 * A general initrd does the same with udev and takes three times as long under emulation.
 */
export const initScript = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
echo '${kernelRunsMark}'
$b grep -q holdfast.probe /proc/cmdline && $b poweroff -f
for file in /modules/*; do $b insmod "$file"; done
number=0
for name in ${networkNames.join(' ')}; do
	$b ip link set "eth$number" name "$name"
	number=$((number + 1))
done
tries=0
until $b mount -t ext4 -o noatime /dev/vda /root; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { echo 'holdfast: no root disk'; $b sleep 60; $b poweroff -f; }
	$b sleep 0.1
done
for directory in dev proc sys; do $b mount --move /$directory /root/$directory; done
exec $b switch_root /root /lib/systemd/systemd
`;

/**
 * The files of the named modules and of those they need, in an order in which they can be loaded.
 * `modulesDep` is modules.dep(5): `file: what it needs …`, the deepest need last. A module that is built in has no line.
 */
export function moduleFiles(modulesDep: string, names: readonly string[]): readonly string[] {
  const needs = new Map(
    modulesDep.split('\n').flatMap((line): [string, string[]][] => {
      const [file, rest] = line.split(':');
      return file && rest !== undefined ? [[file, rest.split(' ').filter(Boolean)]] : [];
    }),
  );
  const ordered = names.flatMap((name) => {
    const file = [...needs.keys()].find((path) => path.replace(/^.*\//, '').replace(/\.ko(\.\w+)?$/, '') === name);
    return file === undefined ? [] : [...(needs.get(file) ?? []).toReversed(), file];
  });
  return [...new Set(ordered)];
}

export interface ArchiveEntry {
  readonly path: string;
  /** File type and permissions, as stat(2) has them. */
  readonly mode: number;
  readonly content: Uint8Array;
}

/** A cpio archive as the kernel unpacks it. Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst (`newc`). */
export function cpioArchive(entries: readonly ArchiveEntry[]): Buffer {
  const parts = [...entries, { path: 'TRAILER!!!', mode: 0, content: new Uint8Array() }].map(
    ({ path, mode, content }, index) => {
      const name = `${path}\0`;
      // inode, mode, uid, gid, links, mtime, size, device twice, special device twice, length of the name, checksum
      const numbers = [index + 1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
      const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
      return Buffer.concat([padded(Buffer.from(header + name)), padded(content)]);
    },
  );
  return Buffer.concat(parts);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
