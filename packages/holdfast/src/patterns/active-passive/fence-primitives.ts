import { type Constraint, type Primitive, pacemakerDuration } from '../../engines/pacemaker/index.ts';
import { type FenceDevice, fenceDevice } from '../../fencing/index.ts';
import type { Site } from '../../site/index.ts';
import { fenceHeadStartMs } from './timing.ts';

/** One fencing resource for each node that has a device, in the order of the nodes. */
export function fencePrimitives(site: Site): Primitive[] {
  return fenceDevices(site).map(({ node, device }) => {
    const waits = shootsWithoutWitness(site) && node === site.nodes[0].name;
    return {
      kind: 'primitive',
      id: fenceId(node),
      class: 'stonith',
      type: device.agent,
      attributes: {
        ...device.parameters,
        pcmk_host_list: node,
        // Asking the device which nodes it can kill would cost one more call in every power cut.
        pcmk_host_check: 'static-list',
        pcmk_reboot_timeout: pacemakerDuration(device.timeoutMs),
        pcmk_off_timeout: pacemakerDuration(device.timeoutMs),
        ...(device.staysOff ? { pcmk_reboot_action: 'off' } : {}),
        ...(waits ? { pcmk_delay_base: pacemakerDuration(fenceHeadStartMs) } : {}),
      },
      meta: {},
      operations: [
        { name: 'start', intervalMs: 0, timeoutMs: device.timeoutMs },
        // Whether the device answers, known before it is needed.
        { name: 'monitor', intervalMs: 60_000, timeoutMs: device.timeoutMs },
      ],
    };
  });
}

/** A node that must die cannot be trusted to kill itself. */
export function neverOnItsTarget(site: Site): Constraint[] {
  return fenceDevices(site).map(({ node }) => ({
    kind: 'location',
    id: `${fenceId(node)}-never-on-${node}`,
    resource: fenceId(node),
    node,
    score: '-INFINITY',
  }));
}

/** The fencing devices, each with the name of the node it kills. */
export function fenceDevices(site: Site): readonly { readonly node: string; readonly device: FenceDevice }[] {
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
