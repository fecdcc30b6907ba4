import { existsSync, statfsSync } from 'node:fs';
import { mkdir, readdir, rmdir, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hostCommand } from './host-command.ts';
import {
  baseAddress,
  isRootless,
  type LabLayout,
  type MachineName,
  machineAddress,
  type NetworkName,
  namespacePath,
  networkNames,
  prefixLength,
} from './layout.ts';

/**
 * The lab's networks: a bridge for each in the lab's own namespace, and a cable (a veth pair) from it to each machine
 * that is on. This computer's own namespace gets no interface, address, route or rule.
 */
export async function ensureBaseNetwork(layout: LabLayout): Promise<void> {
  await ensureNamespace(layout.baseNamespace);
  const present = await linkNames(layout.baseNamespace);
  const lines = networkNames.flatMap((network, index) => [
    ...(present.includes(network)
      ? []
      : [
          // A bridge without an address of its own takes the lowest of its ports', and another one when a machine restarts: then
          // what the machines know of it is wrong, and for some seconds nobody reaches it.
          `link add ${network} address 02:48:46:00:00:0${index + 1} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
        ]),
    `addr replace ${baseAddress(network)}/${prefixLength} dev ${network}`,
    `link set ${network} up`,
  ]);
  await quietSettings(layout.baseNamespace);
  await ipBatch(layout.baseNamespace, ['link set lo up', ...lines]);
}

/** A new, clean namespace for a machine that is about to start: nothing of its former life answers on it. */
export async function makeMachineNetwork(
  layout: LabLayout,
  machine: MachineName,
  unplugged: readonly NetworkName[],
): Promise<void> {
  await removeMachineNetwork(layout, machine);
  const namespace = layout.machineNamespace(machine);
  await ensureNamespace(namespace);
  // Before the interfaces: they take the defaults of the moment they are made.
  await quietSettings(namespace);
  await ipBatch(
    layout.baseNamespace,
    networkNames.flatMap((network) => [
      `link add ${cable(machine, network)} type veth peer name ${network} address ${macAddress(machine, network)} netns ${namespace}`,
      `link set ${cable(machine, network)} master ${network} ${unplugged.includes(network) ? 'down' : 'up'}`,
    ]),
  );
  await ipBatch(namespace, [
    'link set lo up',
    ...networkNames.flatMap((network) => [
      `addr add ${machineAddress(machine, network)}/${prefixLength} dev ${network}`,
      `link set ${network} up`,
    ]),
  ]);
}

/**
 * The cables of a virtual machine: a tap for each network in the lab's own namespace, on its bridge; QEMU holds the other end.
 * The template's lead nowhere.
 */
export async function ensureTaps(layout: LabLayout, machine: MachineName | 'template'): Promise<void> {
  const present = await linkNames(layout.baseNamespace);
  await ipBatch(
    layout.baseNamespace,
    networkNames.flatMap((network) => {
      const name = cable(machine, network);
      return [
        ...(present.includes(name) ? [] : [`tuntap add ${name} mode tap`]),
        machine === 'template' ? `link set ${name} up` : `link set ${name} master ${network} up`,
      ];
    }),
  );
}

/** Every interface at the lab's end of a cable. */
export function tapNames(layout: LabLayout): Promise<readonly string[]> {
  return linkNames(layout.baseNamespace);
}

/** Whether the cables of a machine that is on lead somewhere: they do not when the lab's namespace was made anew. */
export async function hasCables(layout: LabLayout, machine: MachineName): Promise<boolean> {
  const present = await linkNames(layout.baseNamespace);
  return networkNames.every((network) => present.includes(cable(machine, network)));
}

/** Harmless where there is none. The cables go first: while one is left, so is the namespace's name. */
export async function removeMachineNetwork(layout: LabLayout, machine: MachineName): Promise<void> {
  if (isNamespace(layout.baseNamespace) && existsSync(namespacePath(layout.machineNamespace(machine)))) {
    const present = await linkNames(layout.baseNamespace);
    const cables = networkNames.map((network) => cable(machine, network)).filter((name) => present.includes(name));
    await ipBatch(
      layout.baseNamespace,
      cables.map((name) => `link del ${name}`),
    );
  }
  await removeNamespace(layout.machineNamespace(machine));
}

/** Pulls or puts back cables at the machine's end of the switch: the machine loses its carrier at once. */
export async function setCables(
  layout: LabLayout,
  machine: MachineName,
  networks: readonly NetworkName[],
  state: 'up' | 'down',
): Promise<void> {
  await ipBatch(
    layout.baseNamespace,
    networks.map((network) => `link set ${cable(machine, network)} ${state}`),
  );
}

/** Removes a namespace with everything in it. Harmless where there is none. */
export async function removeNamespace(namespace: string): Promise<void> {
  const path = namespacePath(namespace);
  if (isNamespace(namespace)) {
    await hostCommand('ip', ['netns', 'del', namespace]);
  } else if (existsSync(path)) {
    // A name without a namespace: what a killed `ip netns add`, or a restart of the computer, leaves.
    await unlink(path);
  }
}

/** Takes away the mount that `ip netns add` makes for the names, when no name is left; the next `add` makes it again. */
export async function removeNamespaceDirectory(): Promise<void> {
  const names = await readdir('/run/netns').catch(() => undefined);
  if (names?.length === 0) {
    await hostCommand('umount', ['/run/netns']).catch(() => undefined);
    await rmdir('/run/netns').catch(() => undefined);
  }
}

export function isNamespace(namespace: string): boolean {
  const nsfsMagic = 0x6e736673;
  const path = namespacePath(namespace);
  return existsSync(path) && statfsSync(path).type === nsfsMagic;
}

async function ensureNamespace(namespace: string): Promise<void> {
  if (!isNamespace(namespace)) {
    await removeNamespace(namespace);
    await (isRootless ? addOwnNamespace(namespace) : hostCommand('ip', ['netns', 'add', namespace]));
  }
}

/** `ip netns add` goes back to where it came from in the end, which an ordinary user may not where that is this computer's own. */
async function addOwnNamespace(namespace: string): Promise<void> {
  const path = namespacePath(namespace);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
  await hostCommand('unshare', [`--net=${path}`, 'true']);
}

async function linkNames(namespace: string): Promise<readonly string[]> {
  const output = await hostCommand('ip', ['-n', namespace, '-o', 'link', 'show']);
  return output.split('\n').flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? []);
}

async function ipBatch(namespace: string, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) {
    await hostCommand('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }
}

/**
 * No IPv6 (its address probing only delays), no forwarding even where this computer forwards (a new namespace copies
 * that), and ARP answered only for addresses of the interface that was asked.
 */
async function quietSettings(namespace: string): Promise<void> {
  const settings = {
    'ipv6/conf/all/disable_ipv6': 1,
    'ipv6/conf/default/disable_ipv6': 1,
    'ipv4/ip_forward': 0,
    'ipv4/conf/all/arp_ignore': 1,
    'ipv4/conf/all/arp_announce': 2,
    'ipv4/conf/all/rp_filter': 0,
    'ipv4/conf/default/rp_filter': 0,
  };
  const script = Object.entries(settings)
    .map(([name, value]) => `[ ! -e /proc/sys/net/${name} ] || echo ${value} >/proc/sys/net/${name}`)
    .join('\n');
  await hostCommand('nsenter', [`--net=${namespacePath(namespace)}`, 'sh', '-ec', script]);
}

/** The name of the lab's end of a cable. */
export function cable(machine: MachineName | 'template', network: NetworkName): string {
  return `${machine}-${network}`;
}

/** The same at every start, so that the neighbours' ARP tables stay true, as with real network cards. */
export function macAddress(machine: MachineName | 'template', network: NetworkName): string {
  const address = machine === 'template' ? baseAddress(network) : machineAddress(machine, network);
  const [, , third, fourth] = address.split('.').map(Number);
  const hex = (part: number | undefined) => (part ?? 0).toString(16).padStart(2, '0');
  return `02:00:0a:4d:${hex(third)}:${hex(fourth)}`;
}
