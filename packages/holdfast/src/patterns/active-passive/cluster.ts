import type { Alert, Cib, Constraint, PacemakerDialect } from '../../engines/pacemaker/index.ts';
import { failCountAfter, pacemakerDuration } from '../../engines/pacemaker/index.ts';
import type { Site } from '../../site/index.ts';
import { agentPaths } from '../../workloads/index.ts';
import { activeGroup, activeGroupId } from './active-group.ts';
import { fencingWorks, selfFencedMs, shootsWithoutWitness, switchingDevices } from './fence-devices.ts';
import { fencePlaces, fencePrimitives, fencingLevels, watchdogTimeout } from './fence-primitives.ts';
import { reachClones, reachConstraints } from './reach.ts';
import { replicaClone, replicaConstraints } from './replica.ts';
import { dcDeadtimeMs, powerOnDelayMs, priorityFencingDelayMs, stonithTimeoutMs, transitionDelayMs } from './timing.ts';

/** The complete configuration section of the CIB. */
export function clusterConfiguration(site: Site, { crashCounting, watchdogWait }: PacemakerDialect): Cib {
  return {
    properties: properties(site),
    resourceDefaults: {
      // There is no location preference to outweigh: whatever is above zero keeps everything where it is.
      'resource-stickiness': '1000',
      'migration-threshold': String(failCountAfter(site.timing.migrationThreshold, crashCounting)),
      'failure-timeout': pacemakerDuration(site.timing.failureTimeoutMs),
    },
    operationDefaults: { timeout: '60s' },
    resources: [...fencePrimitives(site), ...replicaClone(site), ...reachClones(site), activeGroup(site)],
    constraints: [
      ...fencePlaces(site),
      ...neverOnWitness(site),
      ...replicaConstraints(site),
      ...reachConstraints(site),
    ],
    fencingLevels: fencingLevels(site, watchdogWait),
    alerts: powerOnAgain(site),
  };
}

function properties(site: Site): Cib['properties'] {
  return {
    'stonith-enabled': String(fencingWorks(site)),
    'stonith-action': 'reboot',
    'stonith-timeout': pacemakerDuration(stonithTimeoutMs(selfFencedMs(site))),
    'stonith-watchdog-timeout': watchdogTimeout(site),
    'concurrent-fencing': 'true',
    // A node that comes up alone kills the unseen one before it serves.
    'startup-fencing': 'true',
    // An isolated node stops by itself, whether or not the others can reach its fencing device.
    'no-quorum-policy': 'stop',
    // On the last survivor a start that failed once must be tried again.
    'start-failure-is-fatal': 'false',
    'dc-deadtime': pacemakerDuration(dcDeadtimeMs),
    // The controller asks what to do this long after an event, when its own updates of the CIB are done. Without, it asks at
    // once, finds them pending, and sleeps a whole second, or two (do_pe_invoke_callback in controld_schedulerd.c).
    'transition-delay': pacemakerDuration(transitionDelayMs),
    // A takeover must not slow down because the machine is busy: the default of 80 % starts one action at a time.
    'load-threshold': '400%',
    // Old failures are forgotten when the cluster looks, not before.
    'cluster-recheck-interval': pacemakerDuration(Math.min(site.timing.failureTimeoutMs, 900_000)),
    ...(shootsWithoutWitness(site) ? { 'priority-fencing-delay': pacemakerDuration(priorityFencingDelayMs) } : {}),
  };
}

/** Switches a fenced node on again once the takeover has passed, unless the site file wants it to stay off. */
function powerOnAgain(site: Site): Alert[] {
  const nodes = powerOnNodes(site);
  if (nodes.length === 0) return [];
  return [
    {
      id: 'power-on-again',
      path: agentPaths.powerOnAgain,
      on: 'fencing',
      timeoutMs: powerOnDelayMs + 80_000,
      attributes: { nodes: nodes.join(' '), delay_seconds: String(powerOnDelayMs / 1000) },
    },
  ];
}

/** Not those with nothing but a watchdog: they come back by themselves. */
function powerOnNodes(site: Site): string[] {
  const switched = new Set(switchingDevices(site).map(({ node }) => node));
  return site.nodes.flatMap(({ name, fencing }) => (switched.has(name) && fencing?.after === 'restart' ? [name] : []));
}

function neverOnWitness({ witness }: Site): Constraint[] {
  if (witness?.kind !== 'member') return [];
  return [
    {
      kind: 'location',
      id: `${activeGroupId}-never-on-${witness.name}`,
      resource: activeGroupId,
      node: witness.name,
      score: '-INFINITY',
      discovery: 'never',
    },
  ];
}
