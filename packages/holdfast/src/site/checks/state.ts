import { defaults } from '../defaults.ts';
import { type Draft, nameAt } from '../draft.ts';
import { parseEndpoint } from '../endpoint.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../yaml.ts';

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

/** The devices and the mount point. */
export function checkState(draft: Draft): readonly Finding[] {
  const diskPaths = [['state', 'disk'], ...draft.entries(['nodes']).map((node) => [...node, 'disk'])];
  return [
    ...[['state', 'device'], ...diskPaths].flatMap((path) => checkDevice(draft, path)),
    ...checkDisks(draft),
    ...checkLink(draft),
    ...checkPort(draft),
    ...checkMount(draft),
  ];
}

/** With DRBD each node has a disk; otherwise none has. */
function checkDisks(draft: Draft): Finding[] {
  const type = draft.text(['state', 'type']);
  return draft.entries(['nodes']).flatMap((node): Finding[] => {
    const path = [...node, 'disk'];
    if (type === 'shared-block' && draft.has(path)) {
      return [
        {
          code: 'HF-SITE-DISK',
          path,
          onKey: true,
          message: `${nameAt(draft, node)} has a disk of its own, but the state is on a device that both nodes see.`,
          remedy: 'Take it out, or write `type: drbd` for the state.',
        },
      ];
    }
    if (type !== 'drbd' || !draft.lacks(path) || !draft.lacks(['state', 'disk'])) return [];
    return [
      {
        code: 'HF-SITE-DISK',
        path: ['state'],
        onKey: true,
        message: `The state is replicated, but nothing says which disk of ${nameAt(draft, node)} DRBD may have.`,
        remedy: 'Add `disk: /dev/disk/by-partlabel/state` to the state, or to the node where they differ.',
      },
    ];
  });
}

function checkLink(draft: Draft): Finding[] {
  const path = ['state', 'link'];
  const link = draft.number(path);
  const [node] = draft.entries(['nodes']);
  const links = node === undefined ? [] : draft.entries([...node, 'links']);
  if (link === undefined || links.length === 0 || link < links.length) return [];
  return [
    {
      code: 'HF-SITE-LINK-NUMBER',
      path,
      message: `There is no link ${link}: the nodes have ${links.length === 1 ? 'link 0 only' : `links 0 to ${links.length - 1}`}.`,
      remedy: 'Name one of those, or leave it out: the last one is taken.',
    },
  ];
}

/** sshd and the like listen below 1024, the workloads where their probes and the clients of drills ask. */
function checkPort(draft: Draft): Finding[] {
  const path = ['state', 'port'];
  const port = draft.number(path);
  if (port === undefined) return [];
  const workload = draft.entries(['workloads']).find((each) => probedPort(draft, [...each, 'probe']) === port);
  const isTarget = draft.number(['drill', 'target', 'port']) === port;
  if (port >= 1024 && workload === undefined && !isTarget) return [];
  const owner = workload === undefined ? 'the service that drills write to' : nameAt(draft, workload);
  return [
    {
      code: 'HF-SITE-PORT',
      path,
      message: `DRBD cannot have port ${port}: it belongs to ${port < 1024 ? 'a service of the system, such as sshd' : owner}.`,
      remedy: `Write a free one, such as ${defaults.drbdPort}, or leave it out.`,
    },
  ];
}

/** The port of the node itself that a probe asks. */
function probedPort(draft: Draft, probe: Path): number | undefined {
  const url = URL.parse(draft.text([...probe, 'http']) ?? '');
  const asked =
    url === null ? parseEndpoint(draft.text([...probe, 'tcp']) ?? '') : { host: url.hostname, port: Number(url.port) };
  const isHere = asked !== undefined && /^(localhost|127\..*|\[?::1\]?)$/.test(asked.host);
  return isHere ? asked.port : undefined;
}

function checkDevice(draft: Draft, path: Path): Finding[] {
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
