import type { Draft } from '../draft.ts';
import type { Finding } from '../finding.ts';

/** Directories that the system itself needs: a mount over one of them, or inside it, takes the machine down. */
const systemDirectories = [
  'bin',
  'boot',
  'dev',
  'etc',
  'lib',
  'lib32',
  'lib64',
  'proc',
  'root',
  'run',
  'sbin',
  'sys',
  'usr',
];
/** Directories that hold other things beside: only a directory below them may be a mount point. */
const sharedDirectories = [
  'home',
  'media',
  'mnt',
  'opt',
  'srv',
  'tmp',
  'var',
  'var/lib',
  'var/log',
  'var/cache',
  'var/spool',
  'var/tmp',
];
/** Below /var, but the cluster’s and Holdfast’s own. */
const ownDirectories = ['var/lib/pacemaker', 'var/lib/corosync', 'var/lib/systemd', 'var/lib/dpkg'];

/** The device and the mount point. */
export function checkState(draft: Draft): readonly Finding[] {
  return [...checkDevice(draft), ...checkMount(draft)];
}

function checkDevice(draft: Draft): Finding[] {
  const path = ['state', 'device'];
  const device = draft.text(path);
  if (device?.startsWith('/dev/') !== true || isNormal(device)) return [];
  return [
    {
      code: 'HF-SITE-DEVICE',
      path,
      message: `\`${device.slice(0, 60)}\` is not written as the path of one device.`,
      remedy: 'Write the path without `..`, `.`, `//` and a `/` at the end.',
    },
  ];
}

function checkMount(draft: Draft): Finding[] {
  const path = ['state', 'mount'];
  const mount = draft.text(path);
  if (mount?.startsWith('/') !== true) return [];
  if (mount !== '/' && !isNormal(mount)) {
    return [
      {
        code: 'HF-SITE-MOUNT-POINT',
        path,
        message: `\`${mount.slice(0, 60)}\` is not written as the path of one directory.`,
        remedy: 'Write the path without `..`, `.`, `//` and a `/` at the end.',
      },
    ];
  }
  const inside = mount.slice(1);
  const isSystem = [...systemDirectories, ...ownDirectories].some(
    (directory) => inside === directory || inside.startsWith(`${directory}/`),
  );
  if (inside !== '' && !isSystem && !sharedDirectories.includes(inside)) return [];
  return [
    {
      code: 'HF-SITE-MOUNT-DANGEROUS',
      path,
      message: `A mount on \`${mount.slice(0, 60)}\` would hide files that the machine needs.`,
      remedy: 'Mount on a directory of its own, such as /srv/state.',
    },
  ];
}

function isNormal(path: string): boolean {
  return path
    .slice(1)
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..');
}
