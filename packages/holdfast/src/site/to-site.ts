import { resolve } from 'node:path';
import { parseDuration } from '../core/index.ts';
import type { ReadReferencedFile } from './checks/index.ts';
import { leastConsensusMs } from './checks/times.ts';
import { defaults, timingProfiles } from './defaults.ts';
import { parseEndpoint } from './endpoint.ts';
import type { SiteFile } from './schema.ts';
import type { FencingDevice, NodeFencing, Probe, Site, SiteNode, State, Timing, Witness, Workload } from './site.ts';

type NodeEntry = SiteFile['nodes'][number];
type WorkloadEntry = SiteFile['workloads'][number];

/**
 * The site of a file in which nothing is wrong any more. `directory` is that of the site file. What the checks have ruled out
 * is a defect here and throws an Error.
 */
export function toSite(file: SiteFile, directory: string, readFile: ReadReferencedFile): Site {
  const [first, second] = file.nodes.map((entry) => toNode(entry, readFile));
  const [workload, ...workloads] = file.workloads.map(toWorkload);
  const [ip, prefixLength] = file.address.split('/');
  if (first === undefined || second === undefined || workload === undefined || ip === undefined) {
    throw new Error('a site file passed its checks without two nodes, a workload and an address');
  }
  const configFile = file.ssh?.config;
  const drill = file.drill;
  return {
    version: file.version,
    name: file.name,
    objectives: { rtoMs: parseDuration(file.objectives.rto), rpoMs: parseDuration(file.objectives.rpo) },
    pattern: file.pattern,
    nodes: [first, second],
    ...(file.witness === undefined ? {} : { witness: toWitness(file.witness) }),
    address: { ip, prefixLength: Number(prefixLength) },
    reach: file.reach,
    state: toState(file),
    workloads: [workload, ...workloads],
    timing: toTiming(file.timing),
    acceptedRisks: file.accept.map(({ risk, because }) => ({ risk, because: because.trim().replaceAll(/\s+/g, ' ') })),
    ssh: configFile === undefined ? {} : { configFile: resolve(directory, configFile) },
    drill: {
      lab: drill?.lab ?? false,
      ...(drill?.['client-namespace'] === undefined ? {} : { clientNamespace: drill['client-namespace'] }),
      ...(drill?.target === undefined ? {} : { target: drill.target }),
    },
  };
}

function toState({ state, nodes }: SiteFile): State {
  const mounted = { filesystem: state.filesystem, mountPoint: state.mount, options: state.options };
  if (state.type === 'shared-block') return { type: 'shared-block', device: state.device, ...mounted };
  const [first, second] = nodes.map((node) => node.disk ?? state.disk);
  if (first === undefined || second === undefined) throw new Error('replicated disks passed their checks without one');
  const lastLink = (nodes[0]?.links.length ?? 1) - 1;
  return {
    type: 'drbd',
    device: '/dev/drbd0',
    disks: [first, second],
    link: state.link ?? lastLink,
    port: state.port,
    ...(state.integrity === undefined ? {} : { integrity: state.integrity }),
    ...mounted,
  };
}

function toNode(entry: NodeEntry, readFile: ReadReferencedFile): SiteNode {
  const { name, ssh, sudo, links, fencing } = entry;
  return {
    name,
    ssh,
    sudo,
    links: atLeastOne(links),
    ...(fencing === undefined ? {} : { fencing: toFencing(fencing, readFile) }),
  };
}

function toFencing(entry: NonNullable<NodeEntry['fencing']>, readFile: ReadReferencedFile): NodeFencing {
  const levels = (Array.isArray(entry) ? entry : [entry]).map((level) => (Array.isArray(level) ? level : [level]));
  const last = levels.length - 1;
  return {
    levels: atLeastOne(
      levels.map((devices, index) =>
        atLeastOne(devices.map((device) => toDevice(device, index === last ? 'last' : 'earlier', readFile))),
      ),
    ),
    // One device that says so is enough: a machine cannot both stay off and be switched on.
    after: levels.flat().some((device) => device.type !== 'watchdog' && device.after === 'stay-off')
      ? 'stay-off'
      : 'restart',
  };
}

type DeviceEntry = Extract<NonNullable<NodeEntry['fencing']>, { readonly type: unknown }>;

function toDevice(entry: DeviceEntry, level: 'last' | 'earlier', readFile: ReadReferencedFile): FencingDevice {
  if (entry.type === 'watchdog') {
    const { type, device, timeout, module } = entry;
    return { type, device, timeoutMs: parseDuration(timeout), ...(module === undefined ? {} : { module }) };
  }
  const timeoutMs = parseDuration(entry.timeout ?? defaults[`${level}LevelTimeout`]);
  if (entry.type === 'agent') {
    const { type, agent, parameters, secrets } = entry;
    return { type, agent, parameters, secrets, timeoutMs };
  }
  const endpoint = parseEndpoint(entry.address);
  if (endpoint === undefined) throw new Error('a fencing address passed its checks without being one');
  const { username, password, power } = entry;
  const port = endpoint.port ?? defaults[`${entry.type}Port`];
  const bmc = { address: endpoint.host, port, username, password, power, timeoutMs };
  if (entry.type === 'ipmi') {
    const { type, cipher, privilege } = entry;
    return { type, ...bmc, ...(cipher === undefined ? {} : { cipher }), privilege };
  }
  return {
    type: entry.type,
    ...bmc,
    systemUri: entry.system,
    tls:
      entry.tls === 'insecure'
        ? { mode: 'insecure' }
        : { mode: 'verified', ...(entry.ca === undefined ? {} : { caPem: readFile(entry.ca) }) },
  };
}

function toWitness(entry: NonNullable<SiteFile['witness']>): Witness {
  const { name, ssh, sudo } = entry;
  return entry.kind === 'member'
    ? { kind: 'member', name, ssh, sudo, links: atLeastOne(entry.links) }
    : { kind: 'qnetd', name, ssh, sudo, address: entry.address };
}

function toWorkload(entry: WorkloadEntry): Workload {
  const { name, unit, start, stop, probe } = entry;
  return {
    name,
    unit,
    startTimeoutMs: parseDuration(start),
    stopTimeoutMs: parseDuration(stop),
    ...(probe === undefined ? {} : { probe: toProbe(probe) }),
  };
}

function toProbe(entry: NonNullable<WorkloadEntry['probe']>): Probe {
  const timing = { intervalMs: parseDuration(entry.every), timeoutMs: parseDuration(entry.timeout) };
  if (entry.http !== undefined) return { kind: 'http', url: entry.http, ...timing };
  if (entry.command !== undefined) return { kind: 'command', command: entry.command, ...timing };
  const endpoint = entry.tcp === undefined ? undefined : parseEndpoint(entry.tcp);
  if (endpoint?.port === undefined) throw new Error('a probe passed its checks without a question');
  return { kind: 'tcp', host: endpoint.host, port: endpoint.port, ...timing };
}

function toTiming(entry: SiteFile['timing']): Timing {
  if (typeof entry === 'string') {
    return {
      profile: entry,
      ...timingProfiles[entry],
      migrationThreshold: defaults.migrationThreshold,
      failureTimeoutMs: parseDuration(defaults.failureTimeout),
    };
  }
  const tokenMs = parseDuration(entry.token);
  return {
    profile: 'custom',
    tokenMs,
    consensusMs: entry.consensus === undefined ? leastConsensusMs(tokenMs) : parseDuration(entry.consensus),
    migrationThreshold: entry['migration-threshold'],
    failureTimeoutMs: parseDuration(entry['failure-timeout']),
    slowness: entry.slowness,
  };
}

function atLeastOne<Each>(list: readonly Each[]): readonly [Each, ...Each[]] {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('a list passed its checks empty');
  return [first, ...rest];
}
