import { sites } from '../../patterns/active-passive/sites.fixture.ts';
import type { Site } from '../../site/index.ts';
import type { HostReport, UnitReport } from '../inputs/host-report.ts';
import type { LintInput } from '../lint.ts';

/** The smallest configuration that has a danger, and one that differs only in not having it. */
export interface Example {
  readonly bad: LintInput;
  readonly good: LintInput;
}

export interface CibParts {
  readonly properties?: Readonly<Record<string, string>>;
  readonly defaults?: Readonly<Record<string, string>>;
  readonly operationDefaults?: Readonly<Record<string, string>>;
  readonly nodes?: readonly string[];
  /** XML within each node. */
  readonly nodeAttributes?: Readonly<Record<string, string>>;
  /** XML. */
  readonly fencing?: string;
  readonly resources?: string;
  readonly constraints?: string;
  readonly topology?: string;
}

/** A CIB with nothing dangerous in it, but for the parts that are given. */
export function cib(parts: CibParts = {}): string {
  const nodes = parts.nodes ?? ['alpha', 'bravo'];
  const properties = { 'start-failure-is-fatal': 'false', ...parts.properties };
  const defaults = {
    'resource-stickiness': '1000',
    'migration-threshold': '3',
    'failure-timeout': '600s',
    ...parts.defaults,
  };
  return `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.7" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1">
<configuration>
<crm_config>${set('cluster_property_set', 'options', properties)}</crm_config>
<nodes>
${nodes.map((name, index) => `<node id="${index + 1}" uname="${name}">${parts.nodeAttributes?.[name] ?? ''}</node>`).join('\n')}
</nodes>
<resources>
${parts.fencing ?? nodes.map((name, index) => fenceDevice(name, index === 0 ? { pcmk_delay_base: '5s' } : {})).join('\n')}
${parts.resources ?? service()}
</resources>
<constraints>
${parts.constraints ?? ''}
</constraints>
${parts.topology === undefined ? '' : `<fencing-topology>${parts.topology}</fencing-topology>`}
<rsc_defaults>${set('meta_attributes', 'resource-defaults', defaults)}</rsc_defaults>
<op_defaults>${set('meta_attributes', 'operation-defaults', { timeout: '60s', ...parts.operationDefaults })}</op_defaults>
</configuration>
<status/>
</cib>
`;
}

/** A set of name-value pairs; nothing for none. */
export function set(element: string, id: string, values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`);
  return pairs.length === 0 ? '' : `<${element} id="${id}">${pairs.join('')}</${element}>`;
}

export interface PrimitiveParts {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly meta?: Readonly<Record<string, string>>;
  /** XML; by default one monitor. */
  readonly operations?: string;
}

export function primitive(id: string, agent: string, parts: PrimitiveParts = {}): string {
  const [agentClass, provider, type] = agent.startsWith('ocf:')
    ? agent.split(':')
    : [agent.split(':')[0], '', agent.split(':')[1]];
  const operations = parts.operations ?? operation(id, 'monitor', { interval: '10s' });
  return `<primitive id="${id}" class="${agentClass}"${provider === '' ? '' : ` provider="${provider}"`} type="${type}">${set(
    'meta_attributes',
    `${id}-meta`,
    parts.meta ?? {},
  )}${set('instance_attributes', `${id}-parameters`, parts.parameters ?? {})}<operations>${operations}</operations></primitive>`;
}

export function operation(owner: string, name: string, attributes: Readonly<Record<string, string>>): string {
  const all = { interval: '0s', ...attributes };
  const text = Object.entries(all).map(([key, value]) => ` ${key}="${value}"`);
  return `<op id="${owner}-${name}-${Object.values(all)
    .join('-')
    .replaceAll(/[^\w-]/g, '')}" name="${name}"${text.join('')}/>`;
}

export function group(id: string, members: string, meta: Readonly<Record<string, string>> = {}): string {
  return `<group id="${id}">${set('meta_attributes', `${id}-meta`, meta)}${members}</group>`;
}

export function clone(id: string, member: string, meta: Readonly<Record<string, string>> = {}): string {
  return `<clone id="${id}">${set('meta_attributes', `${id}-meta`, meta)}${member}</clone>`;
}

export function fenceDevice(
  node: string,
  parameters: Readonly<Record<string, string>> = {},
  parts: PrimitiveParts = {},
): string {
  return primitive(`fence-${node}`, 'stonith:fence_ipmilan', {
    operations: operation(`fence-${node}`, 'monitor', { interval: '60s' }),
    ...parts,
    parameters: { ip: '10.0.9.1', pcmk_host_list: node, ...parameters },
  });
}

/** A service that stands and moves as one. */
export function service(
  changes: { readonly filesystem?: string; readonly address?: string; readonly daemon?: string } = {},
): string {
  const members = [changes.filesystem ?? filesystem(), changes.address ?? address(), changes.daemon ?? daemon()];
  return group('active', members.join(''));
}

export function filesystem(parts: PrimitiveParts = {}): string {
  const deep = `<op id="state-monitor-20s" name="monitor" interval="20s" timeout="40s">${set('instance_attributes', 'state-monitor-depth', { OCF_CHECK_LEVEL: '20' })}</op>`;
  return primitive('state', 'ocf:heartbeat:Filesystem', {
    operations: deep,
    ...parts,
    parameters: { device: '/dev/disk/by-id/state', directory: '/srv/state', fstype: 'ext4', ...parts.parameters },
  });
}

export function address(parameters: Readonly<Record<string, string>> = {}): string {
  return primitive('address', 'ocf:heartbeat:IPaddr2', {
    parameters: { ip: '10.0.1.100', cidr_netmask: '24', nic: 'eth0', ...parameters },
  });
}

export function daemon(parts: PrimitiveParts = {}): string {
  return primitive('daemon', 'ocf:holdfast:workload', {
    ...parts,
    parameters: { unit: 'press.service', probe: 'curl --fail --silent http://127.0.0.1/', ...parts.parameters },
  });
}

/** DRBD as it shall be in a cluster, with the group on top; `without` leaves constraints out. */
export function replicated(
  changes: {
    readonly clone?: Readonly<Record<string, string>>;
    readonly monitors?: string;
    readonly constraints?: string;
  } = {},
): string {
  const monitors =
    changes.monitors ??
    operation('drbd', 'monitor', { interval: '19s', role: 'Promoted' }) +
      operation('drbd', 'monitor', { interval: '20s', role: 'Unpromoted' });
  const drbd = primitive('drbd', 'ocf:linbit:drbd', {
    parameters: { drbd_resource: 'state' },
    operations: `${operation('drbd', 'start', { timeout: '240s' })}${operation('drbd', 'stop', { timeout: '100s' })}${operation('drbd', 'promote', { timeout: '90s' })}${operation('drbd', 'demote', { timeout: '90s' })}${monitors}`,
  });
  const both =
    '<rsc_order id="promote-first" first="drbd-clone" first-action="promote" then="active" then-action="start"/><rsc_colocation id="with-promoted" rsc="active" with-rsc="drbd-clone" with-rsc-role="Promoted" score="INFINITY"/>';
  return cib({
    resources:
      clone('drbd-clone', drbd, {
        promotable: 'true',
        notify: 'true',
        interleave: 'true',
        'promoted-max': '1',
        'clone-max': '2',
        ...changes.clone,
      }) + service({ filesystem: filesystem({ parameters: { device: '/dev/drbd0' } }) }),
    constraints: changes.constraints ?? both,
  });
}

export interface CorosyncParts {
  readonly totem?: string;
  readonly quorum?: string;
  readonly interfaces?: string;
  readonly nodes?: readonly string[];
  /** One for each node: its lines. */
  readonly nodeLines?: (index: number) => string;
}

/** A corosync.conf with nothing dangerous in it, but for the parts that are given. */
export function corosync(parts: CorosyncParts = {}): string {
  const nodes = parts.nodes ?? ['alpha', 'bravo', 'charlie'];
  const lines =
    parts.nodeLines ??
    ((index) => `nodeid: ${index + 1}\nring0_addr: 10.0.1.${index + 1}\nring1_addr: 10.0.2.${index + 1}`);
  return `totem {
version: 2
cluster_name: plant
transport: knet
crypto_cipher: aes256
crypto_hash: sha256
token_coefficient: 0
${parts.totem ?? 'token: 1000'}
${parts.interfaces ?? ''}
}
quorum {
${parts.quorum ?? 'provider: corosync_votequorum'}
}
nodelist {
${nodes.map((name, index) => `node {\nname: ${name}\n${lines(index)}\n}`).join('\n')}
}
`;
}

/** A DRBD resource with nothing dangerous in it; `changes` take the place of an option, or `''` leaves it out. */
export function drbd(
  changes: Readonly<Record<string, string>> = {},
  hosts: readonly string[] = ['alpha', 'bravo'],
): string {
  const options: Readonly<Record<string, string>> = {
    protocol: 'C',
    'cram-hmac-alg': 'sha256',
    'shared-secret': '"word"',
    'verify-alg': 'crc32c',
    tls: 'yes',
    fencing: 'resource-and-stonith',
    'on-io-error': 'detach',
    'fence-peer': '"/usr/lib/drbd/crm-fence-peer.9.sh"',
    'unfence-peer': '"/usr/lib/drbd/crm-unfence-peer.9.sh"',
    ...changes,
  };
  const lines = Object.entries(options).filter(([, value]) => value !== '');
  return `resource state {\n  net {\n${lines.map(([name, value]) => `    ${name} ${value};\n`).join('')}  }\n${hosts
    .map((name, index) => `  on ${name} {\n    address 10.0.2.${index + 1}:7789;\n  }\n`)
    .join('')}}\n`;
}

export function site(changes: Partial<Site> = {}): Pick<LintInput, 'site'> {
  return { site: { site: { ...sites.memberWitnessSite, ...changes }, file: 'site.yaml' } };
}

/** A site whose one workload has that unit, or that probe. */
export function siteWith(unit: string, command = 'press-cli ping'): LintInput {
  const probe = { kind: 'command', command, intervalMs: 2000, timeoutMs: 1000 } as const;
  return {
    files: [],
    ...site({ workloads: [{ name: 'press', unit, startTimeoutMs: 30_000, stopTimeoutMs: 3000, probe }] }),
  };
}

export function host(
  name: string,
  units: Readonly<Record<string, Partial<UnitReport>>>,
  more: Partial<HostReport> = {},
): HostReport {
  const sound = { fileState: 'disabled', activeState: 'active', restart: 'no', machineActions: [], textDigest: 'd1' };
  return { name, units: Object.entries(units).map(([unit, changes]) => ({ unit, ...sound, ...changes })), ...more };
}

/** Files by name; each is recognised by what stands in it. */
export function given(...texts: readonly string[]): LintInput {
  return { files: texts.map((text, index) => ({ name: `file${index + 1}`, text })) };
}
