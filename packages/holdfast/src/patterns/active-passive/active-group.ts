import type { Group, Operation, Primitive } from '../../engines/pacemaker/index.ts';
import type { Site, State, VirtualAddress, Workload } from '../../site/index.ts';
import { probeCommand } from '../../workloads/index.ts';
import { fencingWorks, shootsWithoutWitness } from './fence-devices.ts';
import {
  addressMonitorMs,
  monitorOverheadMs,
  stateMonitorMs,
  unprobedMonitorMs,
  workloadStopOperationMs,
} from './timing.ts';

/** The id of the group that runs on the active node. */
export const activeGroupId = 'active';

/** State, address and workloads, started in this order and stopped in the reverse one, always on one node together. */
export function activeGroup(site: Site): Group {
  // Without fencing nothing can end a node that cannot stop; then starting elsewhere could make two active.
  const onStopFailure = fencingWorks(site) ? 'fence' : 'block';
  return {
    kind: 'group',
    id: activeGroupId,
    // The node that runs it is the one that shall win when both shoot (priority-fencing-delay).
    meta: shootsWithoutWitness(site) ? { priority: '10' } : {},
    members: [
      statePrimitive(site.state, onStopFailure),
      addressPrimitive(site.address, onStopFailure),
      ...site.workloads.map((workload) => workloadPrimitive(workload, onStopFailure)),
    ],
  };
}

type StopFailure = 'fence' | 'block';

/** Timeouts are those that the agent itself advises (ocf:heartbeat:Filesystem meta-data). */
function statePrimitive(state: State, onStopFailure: StopFailure): Primitive {
  return {
    kind: 'primitive',
    id: 'state',
    class: 'ocf',
    provider: 'heartbeat',
    type: 'Filesystem',
    attributes: {
      device: state.device,
      directory: state.mountPoint,
      fstype: state.filesystem,
      ...(state.options.length === 0 ? {} : { options: state.options.join(',') }),
      force_unmount: 'true',
      // With fencing, six seconds of killing what still holds the mount, then the node: it is the shorter way for the user.
      // Without, every second of the stop timeout is used, as failing means an outage.
      fast_stop: onStopFailure === 'fence' ? 'yes' : 'no',
    },
    meta: {},
    operations: operations({
      startMs: 60_000,
      stopMs: 60_000,
      monitorEveryMs: stateMonitorMs,
      monitorMs: 40_000,
      // Writes a file and reads it back: a disk that has gone away still stands in the mount table.
      checkLevel: 20,
      onStopFailure,
    }),
  };
}

function addressPrimitive(address: VirtualAddress, onStopFailure: StopFailure): Primitive {
  const isIpv6 = address.ip.includes(':');
  return {
    kind: 'primitive',
    id: 'address',
    class: 'ocf',
    provider: 'heartbeat',
    type: 'IPaddr2',
    attributes: {
      ip: address.ip,
      cidr_netmask: String(address.prefixLength),
      // Announced in the background: the workload's start does not wait for it. Repeated at each check, for a switch or a
      // client that missed it.
      arp_bg: 'true',
      arp_count: '5',
      ...(isIpv6 ? { nodad: 'true' } : { arp_count_refresh: '1' }),
    },
    meta: {},
    operations: operations({
      startMs: 20_000,
      stopMs: 20_000,
      monitorEveryMs: addressMonitorMs,
      monitorMs: 20_000,
      onStopFailure,
    }),
  };
}

function workloadPrimitive(workload: Workload, onStopFailure: StopFailure): Primitive {
  const { probe } = workload;
  return {
    kind: 'primitive',
    id: workloadId(workload),
    class: 'ocf',
    provider: 'holdfast',
    type: 'workload',
    attributes: {
      unit: workload.unit,
      ...(probe === undefined ? {} : { probe: probeCommand(probe), probe_timeout_ms: String(probe.timeoutMs) }),
    },
    meta: {},
    operations: operations({
      startMs: workload.startTimeoutMs,
      stopMs: workloadStopOperationMs(workload.stopTimeoutMs),
      monitorEveryMs: probe?.intervalMs ?? unprobedMonitorMs,
      monitorMs: (probe?.timeoutMs ?? 0) + monitorOverheadMs,
      onStopFailure,
    }),
  };
}

/** The id of a workload's resource; the crash notifier builds the same from the unit's instance name. */
export function workloadId(workload: Workload): string {
  return `workload-${workload.name}`;
}

function operations(times: {
  startMs: number;
  stopMs: number;
  monitorEveryMs: number;
  monitorMs: number;
  checkLevel?: number;
  onStopFailure: StopFailure;
}): Operation[] {
  return [
    { name: 'start', intervalMs: 0, timeoutMs: times.startMs },
    { name: 'stop', intervalMs: 0, timeoutMs: times.stopMs, onFail: times.onStopFailure },
    {
      name: 'monitor',
      intervalMs: times.monitorEveryMs,
      timeoutMs: times.monitorMs,
      ...(times.checkLevel === undefined ? {} : { checkLevel: times.checkLevel }),
    },
  ];
}
