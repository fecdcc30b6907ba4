import { basename } from 'node:path/posix';
import { type Constraint, type Primitive, pacemakerDuration } from '../../engines/pacemaker/index.ts';
import { type FenceDevice, fenceDevice } from '../../fencing/index.ts';
import type { Site } from '../../site/index.ts';
import { agentPaths } from '../../workloads/index.ts';
import { fenceHeadStartMs } from './timing.ts';

/** One fencing resource for each member that can be fenced, in the order of the members; none where a node cannot be. */
export function fencePrimitives(site: Site): Primitive[] {
  const nodes = fenceDevices(site).map(({ node, device }) => nodePrimitive(site, node, device));
  const witness = memberWitness(site);
  return witness === undefined || !fencingWorks(site) ? nodes : [...nodes, witnessPrimitive(witness)];
}

function nodePrimitive(site: Site, node: string, device: FenceDevice): Primitive {
  const waits = shootsWithoutWitness(site) && node === site.nodes[0].name;
  return {
    kind: 'primitive',
    id: fenceId(node),
    class: 'stonith',
    type: device.agent,
    attributes: {
      ...device.parameters,
      ...targets(node),
      pcmk_reboot_timeout: pacemakerDuration(device.timeoutMs),
      pcmk_off_timeout: pacemakerDuration(device.timeoutMs),
      pcmk_on_timeout: pacemakerDuration(device.timeoutMs),
      // Never a reboot: the takeover would wait until the device says "on" (see power-on-again).
      pcmk_reboot_action: 'off',
      ...(waits ? { pcmk_delay_base: pacemakerDuration(fenceHeadStartMs) } : {}),
    },
    meta: {},
    operations: [
      { name: 'start', intervalMs: 0, timeoutMs: device.timeoutMs },
      // Whether the device answers, known before it is needed.
      { name: 'monitor', intervalMs: 60_000, timeoutMs: device.timeoutMs },
    ],
  };
}

/**
 * Pacemaker starts nothing anywhere while a lost member is not fenced (`requires=fencing`; lib/pacemaker/pcmk_sched_fencing.c,
 * `order_start_vs_fencing`). Without this a lost witness would turn the next crash of a workload into an outage.
 */
function witnessPrimitive(witness: string): Primitive {
  return {
    kind: 'primitive',
    id: fenceId(witness),
    class: 'stonith',
    type: basename(agentPaths.fenceWitness),
    attributes: targets(witness),
    meta: {},
    operations: [{ name: 'start', intervalMs: 0, timeoutMs: 20_000 }],
  };
}

function targets(node: string): Record<string, string> {
  // Asking a device which nodes it can kill would cost one more call in every power cut.
  return { pcmk_host_list: node, pcmk_host_check: 'static-list' };
}

/** Where devices may run, and where they had better. */
export function fencePlaces(site: Site): Constraint[] {
  const witness = memberWitness(site);
  return fencePrimitives(site).flatMap(({ id }): Constraint[] => {
    const target = id.slice(fenceId('').length);
    // A member that must die cannot be trusted to kill itself.
    const never: Constraint = {
      kind: 'location',
      id: `${id}-never-on-${target}`,
      resource: id,
      node: target,
      score: '-INFINITY',
    };
    const prefer = (node: string): Constraint[] => [
      never,
      { kind: 'location', id: `${id}-first-on-${node}`, resource: id, node, score: 100 },
    ];
    if (witness === undefined) return [never];
    // The witness kills: then no device has to move when a node dies, and the survivor has its hands free. Its own stands on
    // the second node, so that the first, with the fewest resources, serves at first.
    return prefer(target === witness ? site.nodes[1].name : witness);
  });
}

function memberWitness({ witness }: Site): string | undefined {
  return witness?.kind === 'member' ? witness.name : undefined;
}

/** The devices that are used, each with the name of the node it kills; none where not every node has one. */
export function fenceDevices(site: Site): readonly { readonly node: string; readonly device: FenceDevice }[] {
  if (!fencingWorks(site)) return [];
  return site.nodes.flatMap((node) =>
    node.fencing === undefined ? [] : [{ node: node.name, device: fenceDevice(node.fencing) }],
  );
}

/** Every node can be killed. One that cannot makes every fault of it an outage without end, so then fencing is off. */
export function fencingWorks(site: Site): boolean {
  return site.nodes.every((node) => node.fencing !== undefined);
}

/** No witness decides who may kill: delays must. */
export function shootsWithoutWitness(site: Site): boolean {
  return site.witness === undefined && fencingWorks(site);
}

function fenceId(node: string): string {
  return `fence-${node}`;
}
