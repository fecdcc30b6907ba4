import { HoldfastError } from '../../core/index.ts';
import type { DrbdKernel, DrbdNode, DrbdResource } from './resource.ts';

/** /etc/drbd.d/global_common.conf: nothing but what must stand there. The package's own file reports each installation to LINBIT. */
export const drbdGlobalConf = `# Written by Holdfast; the next \`holdfast apply\` replaces it.
global {
    usage-count no;
}
`;

/**
 * The file with the secret by which the two nodes know each other, around the secret itself. It stands alone, for root's eyes: the
 * rest of the configuration can be shown, compared and copied. Every resource of the machine inherits it.
 */
export const drbdSecretFile = {
  before: `# Written by Holdfast; the next \`holdfast apply\` replaces it.
common {
    net {
        cram-hmac-alg sha256;
        shared-secret "`,
  after: `";
    }
}
`,
} as const;

type Setting = readonly [name: string, value: string];

/**
 * The text of /etc/drbd.d/<name>.res for one kernel. Every value that matters is written out. The dialects differ: 8.4 has
 * `fencing` among the disk options and knows neither node ids nor quorum; 9 has it among the net options, wants node ids, and
 * can have one path for each network. Source: drbd.conf-8.4(5), drbd.conf-9.0(5), and drbdadm's own parsers.
 * Throws HF-DRBD-VALUE for a value that the format cannot hold.
 */
export function writeDrbdResource(resource: DrbdResource, kernel: DrbdKernel): string {
  const own = kernel === '8.4' ? settings84(resource) : settings9(resource);
  return [
    '# Written by Holdfast; the next `holdfast apply` replaces it.',
    `resource ${plain(resource.name)} {`,
    `    device /dev/drbd${resource.minor} minor ${resource.minor};`,
    '    meta-disk internal;',
    ...own.sections.flatMap(([name, settings]) => section(name, settings)),
    ...own.nodes,
    '}',
    '',
  ].join('\n');
}

interface Dialect {
  readonly sections: readonly (readonly [name: string, settings: readonly Setting[]])[];
  readonly nodes: readonly string[];
}

function settings84(resource: DrbdResource): Dialect {
  return {
    sections: [
      ['net', net(resource)],
      ['disk', [...disk(resource), fencing]],
      // After a resync the target knows first that both are the same again; where nothing had to be copied, nobody calls it, and
      // the agent on the primary does (unfence_if_all_uptodate).
      ['handlers', handlers(resource, '', ['after-resync-target', 'unfence-peer'])],
    ],
    nodes: resource.nodes.flatMap((node) => [
      `    on ${plain(node.name)} {`,
      `        disk ${plain(node.disk)};`,
      `        address ${socket(node, node.addresses[0])};`,
      '    }',
    ]),
  };
}

function settings9(resource: DrbdResource): Dialect {
  const [one, other] = resource.nodes;
  return {
    sections: [
      // The cluster promotes, with its order and its fencing; a mount that promotes by itself would go behind its back. Two nodes
      // have no majority between them: the cluster's witness decides, by fencing.
      ['options', [['auto-promote', 'no'] as const, ['quorum', 'off'] as const]],
      ['net', [...net(resource), fencing]],
      ['disk', disk(resource)],
      ['handlers', handlers(resource, '.9', ['unfence-peer'])],
    ],
    nodes: [
      ...resource.nodes.flatMap((node, index) => [
        `    on ${plain(node.name)} {`,
        `        node-id ${index};`,
        `        disk ${plain(node.disk)};`,
        '    }',
      ]),
      '    connection {',
      // One at a time: the next is taken when one fails.
      ...one.addresses.flatMap((address, link) => {
        const facing = other.addresses[link];
        if (facing === undefined) return [];
        return [
          '        path {',
          `            host ${plain(one.name)} address ${socket(one, address)};`,
          `            host ${plain(other.name)} address ${socket(other, facing)};`,
          '        }',
        ];
      }),
      '    }',
    ],
  };
}

/** Never a write that was acknowledged on one side alone goes on without the cluster's word that the other is dead or marked stale. */
const fencing: Setting = ['fencing', 'resource-and-stonith'];

function disk({ timing }: DrbdResource): Setting[] {
  return [
    // A bad disk is let go, and the node works on through the network with the other one's.
    ['on-io-error', 'detach'],
    // A resync takes what one Gbit/s carries when nobody writes, and gives way to the workload otherwise, down to the least.
    ['c-plan-ahead', '20'],
    ['c-fill-target', '1M'],
    ['c-max-rate', '100M'],
    ['c-min-rate', `${timing.resyncFloorMib}M`],
  ];
}

function net({ timing, integrityAlgorithm }: DrbdResource): Setting[] {
  return [
    // A write is acknowledged when it is on both disks.
    ['protocol', 'C'],
    ['allow-two-primaries', 'no'],
    // Nobody's data is thrown away by a rule: holdfast state resolve shows both sides and keeps a copy.
    ['after-sb-0pri', 'disconnect'],
    ['after-sb-1pri', 'disconnect'],
    ['after-sb-2pri', 'disconnect'],
    ['rr-conflict', 'disconnect'],
    // Checked on order, block by block (holdfast state verify). On the wire only where the site asks for it: a page that its owner
    // changes while it travels counts as damaged, and costs the connection (drbd.conf(5), its own warning).
    ['verify-alg', 'crc32c'],
    ...(integrityAlgorithm === undefined ? [] : [['data-integrity-alg', integrityAlgorithm] as const]),
    ['ping-int', String(timing.pingIntSeconds)],
    ['ping-timeout', String(timing.pingTimeoutTenths)],
    ['timeout', String(timing.timeoutTenths)],
    ['connect-int', String(timing.connectIntSeconds)],
    ['ko-count', String(timing.koCount)],
  ];
}

/**
 * The handler forbids the other node to be promoted (a constraint in the CIB) before a write goes on without it; when both are the
 * same again, it is allowed again.
 */
function handlers({ fencePeer }: DrbdResource, generation: '' | '.9', unfencing: readonly string[]): Setting[] {
  // drbd-utils' own word for the role is Master, which Pacemaker 3 no longer takes.
  const lift = `"/usr/lib/drbd/crm-unfence-peer${generation}.sh --role=Promoted"`;
  return [['fence-peer', `"${fencePeer}"`], ...unfencing.map((name): Setting => [name, lift])];
}

function section(name: string, settings: readonly Setting[]): string[] {
  return [`    ${name} {`, ...settings.map(([key, value]) => `        ${key} ${value};`), '    }'];
}

function socket({ port }: DrbdNode, address: string): string {
  return address.includes(':') ? `ipv6 [${plain(address)}]:${port}` : `ipv4 ${plain(address)}:${port}`;
}

/** A word as the scanner takes it without quotes; user/shared/drbdadm_scanner.fl. */
function plain(value: string): string {
  if (/^[A-Za-z0-9/][A-Za-z0-9/.:_+@=-]*$/.test(value)) return value;
  throw new HoldfastError({
    code: 'HF-DRBD-VALUE',
    message: `\`${value}\` cannot stand in DRBD's configuration.`,
    remedy: 'Use letters, digits, `/`, `.`, `:`, `_`, `+`, `@`, `=` and `-`.',
    source: 'user',
  });
}
