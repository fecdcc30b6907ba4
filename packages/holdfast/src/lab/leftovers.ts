import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { groupDirectories, groupProcesses } from './control-group.ts';
import { attachedDevices } from './disk.ts';
import { type LabLayout, labLayout, machineNames, namespacePath } from './layout.ts';
import { isNamespace } from './network.ts';

/** What a lab has on this computer right now. After `lab down` every list is empty. */
export interface Leftovers {
  readonly processes: readonly number[];
  readonly mounts: readonly string[];
  readonly loopDevices: readonly string[];
  /** Network namespaces by name. Bridges and interfaces are inside them and go with them. */
  readonly namespaces: readonly string[];
  readonly controlGroups: readonly string[];
  readonly directories: readonly string[];
}

/** Lists everything of the lab that exists; by default of the lab that HOLDFAST_LAB names. */
export function labLeftovers(layout: LabLayout = labLayout()): Leftovers {
  const names = [layout.baseNamespace, ...machineNames.map(layout.machineNamespace)];
  return {
    processes: labProcesses(layout),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path.startsWith(`${layout.directory}/`)),
    loopDevices: attachedDevices(layout),
    namespaces: names.filter((name) => existsSync(namespacePath(name))),
    controlGroups: groupDirectories(layout.controlGroup),
    directories: [layout.directory].filter(existsSync),
  };
}

export function isClean(leftovers: Leftovers): boolean {
  return Object.values(leftovers).every((list) => list.length === 0);
}

/**
 * Every process of the lab: those in its control groups, and those that others started inside its network namespaces
 * (a drill's clients, an ssh's proxy). Told by what they belong to, never by name.
 */
export function labProcesses(layout: LabLayout): readonly number[] {
  const inodes = [layout.baseNamespace, ...machineNames.map(layout.machineNamespace)]
    .filter(isNamespace)
    .map((name) => `net:[${statSync(namespacePath(name)).ino}]`);
  const inside = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && inodes.includes(networkNamespaceOf(pid)));
  return [...new Set([...groupProcesses(layout.controlGroup), ...inside])];
}

function networkNamespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return '';
  }
}
