import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../core/index.ts';

export const networkNames = ['plant', 'ring', 'mgmt'] as const;
export type NetworkName = (typeof networkNames)[number];

export const machineNames = ['alpha', 'bravo', 'charlie'] as const;
export type MachineName = (typeof machineNames)[number];

/** The machines that carry the workload, and with it the shared disk. The third one only votes. */
export const nodeNames = ['alpha', 'bravo'] as const satisfies readonly MachineName[];
export type NodeName = (typeof nodeNames)[number];

export const prefixLength = 24;
export const virtualAddress = '10.77.1.100';
export const bmcPort = 8443;

const subnets: Record<NetworkName, string> = { plant: '10.77.1', ring: '10.77.2', mgmt: '10.77.9' };
const hostParts: Record<MachineName, number> = { alpha: 11, bravo: 12, charlie: 13 };

export function machineAddress(machine: MachineName, network: NetworkName): string {
  return `${subnets[network]}.${hostParts[machine]}`;
}

/** The address of the place where clients and the BMC stand. */
export function baseAddress(network: NetworkName): string {
  return `${subnets[network]}.1`;
}

/** UDP, at the same address: one BMC a node. */
export function ipmiPort(node: NodeName): number {
  return 9000 + hostParts[node];
}

/** The path under which both nodes see the shared disk. */
export const sharedDevicePath = '/dev/holdfast-shared';
/**
 * The disk that a virtual machine has for itself, as its kernel shows it, and the path that sites use: behind the device mapper,
 * as a plant's is behind LVM, so that a drill can have it give errors.
 */
export const dataDisk = '/dev/vdb';
export const dataDevice = { name: 'state', path: '/dev/mapper/state' } as const;
export const sharedDiskBytes = 256 * 1024 * 1024;

/** Set where root's name is only borrowed: inside the user namespace of a lab without root (rootless.ts). */
export const rootlessVariable = 'HOLDFAST_ROOTLESS';

export const isRootless = process.env[rootlessVariable] === '1' || process.geteuid?.() !== 0;

/** Where the labs lie; an ordinary user's are his own. Source of his folders: XDG Base Directory Specification. */
export const labsDirectory = isRootless ? userDirectory('XDG_STATE_HOME', '.local/state') : '/var/lib/holdfast';

/** What is made once for all labs. */
export const cacheDirectory = isRootless ? userDirectory('XDG_CACHE_HOME', '.cache') : '/var/cache/holdfast';

/** Where everything of one lab lies. Several labs live side by side on one computer under different instance names. */
export interface LabLayout {
  readonly instance: string;
  readonly directory: string;
  readonly stateFile: string;
  readonly lockFile: string;
  readonly siteDirectory: string;
  readonly diskFile: string;
  readonly bmcDirectory: string;
  /** The network namespace with the bridges, the clients and the BMC. */
  readonly baseNamespace: string;
  /** The name of the lab's control group, below the root of each hierarchy. */
  readonly controlGroup: string;
  machineDirectory(machine: MachineName): string;
  machineNamespace(machine: MachineName): string;
}

/**
 * The layout of the lab named by `instance`; by default the one that HOLDFAST_LAB names, or `lab`.
 * Throws HF-LAB-INSTANCE for a name that cannot be part of a path.
 */
export function labLayout(instance: string = process.env.HOLDFAST_LAB || 'lab'): LabLayout {
  if (!/^[a-z][a-z0-9]{0,15}$/.test(instance)) {
    throw new HoldfastError({
      code: 'HF-LAB-INSTANCE',
      message: `"${instance}" cannot be the name of a lab.`,
      remedy: 'Set HOLDFAST_LAB to at most 16 lower-case letters and digits, starting with a letter, or unset it.',
      source: 'user',
    });
  }
  const directory = `${labsDirectory}/${instance}`;
  const namespacePrefix = instance === 'lab' ? 'hf-' : `hf-${instance}-`;
  return {
    instance,
    directory,
    stateFile: `${directory}/state.json`,
    lockFile: `${labsDirectory}/${instance}.lock`,
    siteDirectory: `${directory}/site`,
    diskFile: `${directory}/shared.img`,
    bmcDirectory: `${directory}/bmc`,
    baseNamespace: `${namespacePrefix}lab`,
    controlGroup: `holdfast-${instance}`,
    machineDirectory: (machine) => `${directory}/machines/${machine}`,
    machineNamespace: (machine) => `${namespacePrefix}${machine}`,
  };
}

/** Where the BMC's process is asked to switch, for the simulators of IPMI. */
export function powerSocket({ bmcDirectory }: LabLayout): string {
  return `${bmcDirectory}/power.sock`;
}

function userDirectory(variable: string, usual: string): string {
  return join(process.env[variable] || join(homedir(), usual), 'holdfast');
}

/** The names of the labs that have, or may have, something on this computer. */
export async function labInstances(): Promise<readonly string[]> {
  const entries = await readdir(labsDirectory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

export function namespacePath(namespace: string): string {
  return `/run/netns/${namespace}`;
}
