import { basename } from 'node:path/posix';
import {
  type Constraint,
  type FencingLevel,
  type Primitive,
  pacemakerDuration,
  type WatchdogWait,
} from '../../engines/pacemaker/index.ts';
import { type FenceDevice, watchdogAgent, watchdogId } from '../../fencing/index.ts';
import type { Site } from '../../site/index.ts';
import { agentPaths } from '../../workloads/index.ts';
import {
  fencingWorks,
  nodeDevices,
  selfFencedMs,
  shootsWithoutWitness,
  switchingDevices,
  watchdogOf,
} from './fence-devices.ts';
import { countedMarginMs, deviceStartMs, fenceHeadStartMs } from './timing.ts';

/** One fencing resource for each device of each node that can be fenced, in the order of the nodes; none where one cannot be. */
export function fencePrimitives(site: Site): Primitive[] {
  const devices = nodeDevices(site);
  const nodes = devices.flatMap(({ id, node, level, device }, index) => {
    if (device === 'watchdog') return [];
    const previous = devices[index - 1];
    const isFirst = previous?.node !== node || previous.level !== level;
    // At each level anew: where the first one fails for both, both would shoot at once.
    const waits = shootsWithoutWitness(site) && node === site.nodes[0].name && isFirst;
    return [devicePrimitive(id, node, device, waits)];
  });
  const witness = memberWitness(site);
  return [
    ...nodes,
    ...watchdogPrimitive(site),
    ...(witness === undefined || !fencingWorks(site) ? [] : [witnessPrimitive(witness)]),
  ];
}

function devicePrimitive(id: string, node: string, device: FenceDevice, waits: boolean): Primitive {
  const askedMs = Math.min(device.timeoutMs, deviceStartMs);
  return {
    kind: 'primitive',
    id,
    class: 'stonith',
    type: device.agent,
    attributes: {
      ...device.parameters,
      ...targets(node),
      pcmk_reboot_timeout: pacemakerDuration(device.timeoutMs),
      pcmk_off_timeout: pacemakerDuration(device.timeoutMs),
      pcmk_on_timeout: pacemakerDuration(device.timeoutMs),
      // Never a reboot: the takeover would wait until the device says "on" (see power-on-again). A level with several devices
      // is left off by it as well (daemons/fenced/fenced_remote.c, `request_peer_fencing`, phase "on").
      pcmk_reboot_action: 'off',
      ...(waits ? { pcmk_delay_base: pacemakerDuration(fenceHeadStartMs) } : {}),
    },
    // A device that does not answer is told, and nothing is done about it: the fencer asks it in need all the same (pacemaker-fenced.c,
    // `cib_device_update`), and to start it again, here or elsewhere, fails only after its timeout and holds up a takeover until then.
    // So would its check, once the failure has expired: the scheduler orders it anew (lib/pengine/unpack.c, "Rescheduling").
    meta: { 'migration-threshold': 'INFINITY', 'failure-timeout': '0' },
    operations: [
      { name: 'start', intervalMs: 0, timeoutMs: askedMs, onFail: 'ignore' },
      // Whether the device answers, known before it is needed.
      { name: 'monitor', intervalMs: 60_000, timeoutMs: askedMs, onFail: 'ignore' },
    ],
  };
}

/** With the list, members without SBD are not taken for machines that reset themselves; the id is Pacemaker's own. */
function watchdogPrimitive(site: Site): Primitive[] {
  const nodes = site.nodes.filter((node) => watchdogOf(site, node) !== undefined);
  if (nodes.length === 0) return [];
  return [
    {
      kind: 'primitive',
      id: watchdogId,
      class: 'stonith',
      type: watchdogAgent,
      attributes: { pcmk_host_list: nodes.map(({ name }) => name).join(' '), pcmk_host_check: 'static-list' },
      meta: {},
      operations: [{ name: 'start', intervalMs: 0, timeoutMs: 20_000 }],
    },
  ];
}

/** The levels of nodes with more than one device; of others Pacemaker asks the only one. */
export function fencingLevels(site: Site, watchdogWait: WatchdogWait): FencingLevel[] {
  return site.nodes.flatMap(({ name }) => {
    const devices = nodeDevices(site).filter(({ node }) => node === name);
    if (devices.length <= 1) return [];
    return [...Map.groupBy(devices, ({ level }) => level)].flatMap(([index, [first, ...others]]): FencingLevel[] => {
      if (first === undefined) return [];
      const level = { id: `level${index}-${name}`, target: name, index } as const;
      if (first.device !== 'watchdog' || watchdogWait === 'counted') {
        return [{ ...level, devices: [first.id, ...others.map(({ id }) => id)] }];
      }
      return [{ ...level, devices: [first.id], onlyCounted: makeTimeForWatchdog(site, name) }];
    });
  });
}

/**
 * Where Pacemaker does not count the wait for a watchdog, devices behind it in its level are counted in its place: 1.2 times their
 * timeouts. They are never asked, as the fencing is done with the end of the wait (fenced_remote.c, `remote_op_watchdog_done`).
 */
function makeTimeForWatchdog(site: Site, node: string): string[] {
  const asked = switchingDevices(site).filter((each) => each.node === node);
  const [longest] = asked.toSorted((one, other) => other.device.timeoutMs - one.device.timeoutMs);
  if (longest === undefined) return [];
  const waitMs = (selfFencedMs(site) ?? 0) + countedMarginMs;
  return Array.from({ length: Math.ceil(waitMs / (1.2 * longest.device.timeoutMs)) }, () => longest.id);
}

/** How long Pacemaker waits for a machine that resets itself. Where none does, a lost node would be taken for dead after it. */
export function watchdogTimeout(site: Site): string {
  const ms = selfFencedMs(site);
  return ms === undefined ? '0' : pacemakerDuration(ms);
}

/**
 * Pacemaker starts nothing anywhere while a lost member is not fenced (`requires=fencing`; lib/pacemaker/pcmk_sched_fencing.c,
 * `order_start_vs_fencing`). Without this a lost witness would turn the next crash of a workload into an outage.
 */
function witnessPrimitive(witness: string): Primitive {
  return {
    kind: 'primitive',
    id: witnessFenceId(witness),
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
  const devices = switchingDevices(site);
  const places = devices.flatMap(({ id, node }) => [
    // A member that must die cannot be trusted to kill itself.
    never(id, node),
    // The witness kills: then no device has to move when a node dies, and the survivor has its hands free.
    ...(witness === undefined ? [] : [first(id, witness)]),
  ]);
  if (witness === undefined || !fencingWorks(site)) return [...places, ...watchdogPlaces(site)];
  return [
    ...places,
    ...watchdogPlaces(site),
    // Its own stands on the second node, so that the first, with the fewest resources, serves at first.
    never(witnessFenceId(witness), witness),
    first(witnessFenceId(witness), site.nodes[1].name),
  ];
}

/**
 * A member that does not reset itself cannot run the device, but must not be forbidden to: its fencer skips a device that it may
 * not run before it has read whom it is for, and with an empty list takes every node for one that resets itself
 * (daemons/fenced/fenced_scheduler.c; pacemaker-fenced.c, `node_does_watchdog_fencing`).
 */
function watchdogPlaces(site: Site): Constraint[] {
  const nodes = site.nodes.filter((node) => watchdogOf(site, node) !== undefined);
  return watchdogPrimitive(site).flatMap(({ id }) => nodes.map(({ name }) => first(id, name)));
}

function never(resource: string, node: string): Constraint {
  return { kind: 'location', id: `${resource}-never-on-${node}`, resource, node, score: '-INFINITY' };
}

function first(resource: string, node: string): Constraint {
  return { kind: 'location', id: `${resource}-first-on-${node}`, resource, node, score: 100 };
}

function memberWitness({ witness }: Site): string | undefined {
  return witness?.kind === 'member' ? witness.name : undefined;
}

/** The resource that confirms the loss of a witness. */
export function witnessFenceId(witness: string): string {
  return `fence-${witness}`;
}
