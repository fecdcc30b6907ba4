import type { Cib, Constraint } from '../../engines/pacemaker/index.ts';
import { pacemakerDuration } from '../../engines/pacemaker/index.ts';
import type { Site } from '../../site/index.ts';
import { activeGroup, activeGroupId } from './active-group.ts';
import { fencePlaces, fencePrimitives, fencingWorks, shootsWithoutWitness } from './fence-primitives.ts';
import { dcDeadtimeMs, priorityFencingDelayMs, stonithTimeoutMs } from './timing.ts';

/** The complete configuration section of the CIB. */
export function clusterConfiguration(site: Site): Cib {
  return {
    properties: properties(site),
    resourceDefaults: {
      // There is no location preference to outweigh: whatever is above zero keeps everything where it is.
      'resource-stickiness': '1000',
      'migration-threshold': String(site.timing.migrationThreshold),
      'failure-timeout': pacemakerDuration(site.timing.failureTimeoutMs),
    },
    operationDefaults: { timeout: '60s' },
    resources: [...fencePrimitives(site), activeGroup(site)],
    constraints: [...fencePlaces(site), ...neverOnWitness(site)],
  };
}

function properties(site: Site): Cib['properties'] {
  return {
    'stonith-enabled': String(fencingWorks(site)),
    'stonith-action': 'reboot',
    'stonith-timeout': pacemakerDuration(stonithTimeoutMs),
    // Above zero without sbd, a lost node would be taken for dead after that time, dead or not.
    'stonith-watchdog-timeout': '0',
    'concurrent-fencing': 'true',
    // A node that comes up alone kills the unseen one before it serves.
    'startup-fencing': 'true',
    // An isolated node stops by itself, whether or not the others can reach its fencing device.
    'no-quorum-policy': 'stop',
    // On the last survivor a start that failed once must be tried again.
    'start-failure-is-fatal': 'false',
    'dc-deadtime': pacemakerDuration(dcDeadtimeMs),
    // Old failures are forgotten when the cluster looks, not before.
    'cluster-recheck-interval': pacemakerDuration(Math.min(site.timing.failureTimeoutMs, 900_000)),
    ...(shootsWithoutWitness(site) ? { 'priority-fencing-delay': pacemakerDuration(priorityFencingDelayMs) } : {}),
  };
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
