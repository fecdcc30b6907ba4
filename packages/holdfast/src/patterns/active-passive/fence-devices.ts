import { type FenceDevice, fenceDevice, selfFencedAfterMs, watchdogId } from '../../fencing/index.ts';
import type { Site, SiteNode, WatchdogDevice } from '../../site/index.ts';
import { qdeviceSyncTimeoutMs } from './timing.ts';

/** A device of a node, as the cluster knows it. */
export interface NodeDevice {
  /** The resource. That of the watchdog is one for all nodes. */
  readonly id: string;
  /** Whom it makes dead. */
  readonly node: string;
  /** From 1. */
  readonly level: number;
  /** The watchdog is waited for, not asked. */
  readonly device: FenceDevice | 'watchdog';
}

/** Every device that is used, by node and level; none where not every node has one. */
export function nodeDevices(site: Site): readonly NodeDevice[] {
  return fencingWorks(site) ? site.nodes.flatMap(devicesOf) : [];
}

type SwitchingNodeDevice = NodeDevice & { readonly device: FenceDevice };

/** Those that are asked to switch a node; a watchdog is not. */
export function switchingDevices(site: Site): readonly SwitchingNodeDevice[] {
  return nodeDevices(site).filter((each): each is SwitchingNodeDevice => each.device !== 'watchdog');
}

function devicesOf({ name, fencing }: SiteNode): NodeDevice[] {
  const levels = fencing?.levels ?? [];
  const isOnly = levels.flat().length === 1;
  return levels.flatMap((devices, index) =>
    devices.map((device, position): NodeDevice => {
      const level = index + 1;
      if (device.type === 'watchdog') return { id: watchdogId, node: name, level, device: 'watchdog' };
      const place = isOnly ? '' : `${level}${devices.length === 1 ? '' : letter(position)}`;
      return { id: `fence${place}-${name}`, node: name, level, device: fenceDevice(device) };
    }),
  );
}

/** Host names may end in numbers, so the place stands in front: `fence2b-alpha`. */
function letter(position: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + position);
}

/** Every node can be killed. One that cannot makes every fault of it an outage without end, so then fencing is off. */
export function fencingWorks(site: Site): boolean {
  return site.nodes.every((node) => node.fencing !== undefined);
}

/** No witness decides who may kill: delays must. */
export function shootsWithoutWitness(site: Site): boolean {
  return site.witness === undefined && fencingWorks(site);
}

/** The watchdog of a node as it is set up; undefined where the node has none, or where nothing is fenced at all. */
export function watchdogOf(site: Site, node: SiteNode): WatchdogDevice | undefined {
  const found = node.fencing?.levels.flat().find((device) => device.type === 'watchdog');
  if (found === undefined || !fencingWorks(site)) return undefined;
  // SBD distrusts the votes of a quorum device that may take longer than its watchdog (sbd-cluster.c, CHECK_QDEVICE_SYNC_TIMEOUT).
  const leastMs = Math.ceil(sightMs(site) / 1000) * 1000;
  return { ...found, timeoutMs: Math.max(found.timeoutMs, leastMs) };
}

/** After this long a silent node with a watchdog is taken for dead; undefined where there is no watchdog. */
export function selfFencedMs(site: Site): number | undefined {
  const [watchdog] = site.nodes.flatMap((node) => watchdogOf(site, node) ?? []);
  return watchdog === undefined ? undefined : selfFencedAfterMs(watchdog, site.timing.tokenMs + sightMs(site));
}

/** How much longer than the survivors a cut-off node may wait for the vote of a quorum device. */
function sightMs({ witness, timing }: Site): number {
  return witness?.kind === 'qnetd' ? qdeviceSyncTimeoutMs(timing.tokenMs) : 0;
}
