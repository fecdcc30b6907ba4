import type { Problem } from '../core/index.ts';
import type { Blueprint, DeviceSpec, HostSpec } from '../patterns/index.ts';
import { describeContent } from './device-content.ts';
import { type DeviceFact, type Facts, factsOf, type HostRecord } from './facts.ts';
import { anyHasResources } from './plan-cluster.ts';
import type { PlanInput } from './plan-input.ts';
import type { MakeFileSystemStep, Step } from './step.ts';

type BlockDevice = Extract<DeviceFact, { kind: 'block' }>;

export interface DevicePlan<Each extends Step = MakeFileSystemStep> {
  readonly steps: readonly Each[];
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
  /** What each host shall note before the first step. */
  readonly formatting: HostRecord['formatting'];
}

/**
 * File systems to make. A device is touched only when it is empty on every host that sees it, when a file system on it was
 * being made by us and does not show yet, or when the user has named it together with what it holds.
 */
export function planDevices(input: PlanInput): DevicePlan {
  const unknown = input.mayFormat.filter(
    ({ device }) =>
      !devicesOf(input.blueprint).some((each) => each.spec.path === device) &&
      !replicaDevices(input.blueprint).includes(device),
  );
  const plans = devicesOf(input.blueprint).map((each) => planDevice(each, input));
  return {
    steps: plans.flatMap((plan) => plan.steps),
    problems: [...plans.flatMap((plan) => plan.problems), ...unknown.map((each) => notOfSite(each.device))],
    notes: plans.flatMap((plan) => plan.notes),
    formatting: plans.flatMap((plan) => plan.formatting),
  };
}

interface SharedDevice {
  readonly spec: DeviceSpec;
  readonly hosts: readonly [string, ...string[]];
}

/** The disks and the device that `--format` may name. */
function replicaDevices({ replica }: Blueprint): readonly string[] {
  return replica === undefined ? [] : [replica.device, ...replica.ends.map(({ disk }) => disk)];
}

/** Each device once, with the hosts that see it. */
function devicesOf(blueprint: Blueprint): readonly SharedDevice[] {
  const devices = new Map<string, SharedDevice>();
  const add = (host: HostSpec, spec: DeviceSpec) => {
    const key = spec.shared ? spec.path : `${host.name}:${spec.path}`;
    const known = devices.get(key);
    devices.set(key, { spec, hosts: known === undefined ? [host.name] : [...known.hosts, host.name] });
  };
  for (const host of blueprint.hosts) for (const spec of host.devices) add(host, spec);
  return [...devices.values()];
}

function planDevice({ spec, hosts }: SharedDevice, input: PlanInput): DevicePlan {
  const found = hosts.map((host) => ({ host, fact: factsOf(input.facts, host).devices[spec.path] }));
  const missing = found.filter(({ fact }) => fact === undefined || fact.kind === 'absent');
  if (missing.length > 0) return onlyProblems(missing.map(({ host }) => deviceMissing(spec.path, host)));
  const blocks = found.flatMap(({ host, fact }) => (fact?.kind === 'block' ? [{ host, fact }] : []));
  const [first] = blocks;
  if (first === undefined) return nothing;
  const other = blocks.find(({ fact }) => !mayBeSame(first.fact, fact));
  if (other !== undefined) return onlyProblems([notSame(spec.path, first.host, other.host)]);

  const content = describeContent(first.fact.content);
  const noted = notedUuid(spec.path, hosts, input.facts);
  const wasServing = anyHasResources(input.facts, input.blueprint.cluster.members);
  // Once a cluster was configured, data may have been written: then what nobody knows is formatted by name only.
  const unfinished = first.fact.content.kind === 'unknown' && !wasServing ? noted : undefined;
  const permission = input.mayFormat.find(
    ({ host, device }) => device === spec.path && (host === undefined || hosts.includes(host)),
  );
  const isWanted = first.fact.content.kind === 'filesystem' && first.fact.content.type === spec.filesystem;
  const isNamed = permission?.content === content;
  if (isWanted && !isNamed) {
    const isUsed = wasServing || blocks.some(({ fact }) => fact.mountedAt !== undefined);
    const damaged = blocks.find(({ fact }) => fact.damage !== undefined);
    if (damaged !== undefined && !isUsed) return onlyProblems([halfMade(spec.path, damaged.host, damaged.fact)]);
    return permission === undefined
      ? nothing
      : { ...nothing, notes: [staleFormat(spec.path, permission.content, content)] };
  }
  const used = blocks.find(({ fact }) => fact.mountedAt !== undefined || fact.holders.length > 0);
  if (used !== undefined) return onlyProblems([deviceInUse(spec.path, used.host, used.fact)]);
  const isEmpty = blocks.every(({ fact }) => fact.content.kind === 'empty');
  if (!isEmpty && unfinished === undefined && !isNamed) {
    return onlyProblems([holdsData(spec, first.host, content, permission?.content)]);
  }
  const uuid = noted ?? input.fileSystemUuid;
  const step = { kind: 'make-file-system', hosts, device: spec.path, filesystem: spec.filesystem, uuid } as const;
  return {
    ...nothing,
    steps: [isEmpty ? step : { ...step, destroys: content }],
    formatting: [{ device: spec.path, uuid }],
  };
}

/** The UUID of a file system that we began to make there. One that shows it is finished. */
function notedUuid(device: string, hosts: readonly string[], facts: Facts): string | undefined {
  const notes = hosts.flatMap((host) => factsOf(facts, host).record.formatting);
  return notes.find((each) => each.device === device)?.uuid;
}

function mayBeSame(one: BlockDevice, other: BlockDevice): boolean {
  const sameIdentity = one.identity === undefined || other.identity === undefined || one.identity === other.identity;
  return (
    one.sizeBytes === other.sizeBytes && sameIdentity && describeContent(one.content) === describeContent(other.content)
  );
}

const nothing: DevicePlan = { steps: [], problems: [], notes: [], formatting: [] };

function onlyProblems(problems: readonly Problem[]): DevicePlan {
  return { ...nothing, problems };
}

export function deviceMissing(path: string, host: string): Problem {
  return {
    code: 'HF-PLAN-DEVICE-MISSING',
    message: `${host} has no block device ${path}.`,
    remedy: `Connect it, or name in the site file the path under which ${host} sees it (ls -l /dev/disk/by-id).`,
    source: 'site',
  };
}

function notSame(path: string, one: string, other: string): Problem {
  return {
    code: 'HF-PLAN-DEVICE-DIFFERS',
    message: `${path} is not the same device on ${one} and on ${other}: size, serial number or content differ.`,
    remedy: 'Use a path that means one device everywhere, such as one under /dev/disk/by-id.',
    source: 'site',
  };
}

function halfMade(path: string, host: string, fact: BlockDevice): Problem {
  const content = describeContent(fact.content);
  return {
    code: 'HF-PLAN-DEVICE-DAMAGED',
    message: `${path} on ${host} holds a file system (${content}) that Holdfast was making when it was interrupted, and that is damaged: ${fact.damage ?? ''}.`,
    remedy: `If nothing on it is needed, make it again: \`holdfast apply <site> --format ${path}@${content}\`; otherwise repair it by hand.`,
    source: 'site',
  };
}

export function deviceInUse(path: string, host: string, fact: BlockDevice): Problem {
  const use = fact.mountedAt === undefined ? `used by ${fact.holders.join(', ')}` : `mounted at ${fact.mountedAt}`;
  return {
    code: 'HF-PLAN-DEVICE-IN-USE',
    message: `${path} is ${use} on ${host}.`,
    remedy: 'Unmount or release it there, or name another device in the site file.',
    source: 'site',
  };
}

export function holdsData(
  spec: Pick<DeviceSpec, 'path' | 'filesystem'>,
  host: string,
  content: string,
  named: string | undefined,
): Problem {
  const but = named === undefined ? '' : ` and not the ${named} that --format names`;
  return {
    code: 'HF-PLAN-DEVICE-HOLDS-DATA',
    message: `${spec.path} on ${host} holds data (${content})${but}; Holdfast would have to destroy it to make an ${spec.filesystem} file system.`,
    remedy: `Name another device, or, if that data may be lost for ever: \`holdfast apply <site> --format ${spec.path}@${content}\``,
    source: 'user',
  };
}

function notOfSite(device: string): Problem {
  return {
    code: 'HF-PLAN-FORMAT-UNKNOWN',
    message: `--format names ${device}, which is no device of this site.`,
    remedy: 'Name the device as the site file does.',
    source: 'user',
  };
}

function staleFormat(device: string, named: string, content: string): string {
  return `${device} is kept as it is: it holds ${content} and no longer ${named}.`;
}
