import { type Clone, type Constraint, pacemakerDuration } from '../../engines/pacemaker/index.ts';
import type { Site } from '../../site/index.ts';
import { activeGroupId } from './active-group.ts';
import { reachGapMs, reachScore, reachTimeoutMs, reachTimes } from './timing.ts';

/**
 * Pings on both nodes what `reach` names, and keeps the count as an attribute of the node. Source: ocf:pacemaker:ping
 * (extra/resources/ping).
 */
export function reachClones(site: Site): Clone[] {
  const { reach } = site;
  if (reach.length === 0) return [];
  const { monitorMs, dampenMs } = reachTimes(site);
  return [
    {
      kind: 'clone',
      id: reachId,
      promotable: false,
      // Two nodes: the witness never has one, and is not to be waited for.
      meta: { 'clone-max': '2', interleave: 'true' },
      member: {
        kind: 'primitive',
        id: reachPingId,
        class: 'ocf',
        provider: 'pacemaker',
        type: 'ping',
        attributes: {
          name: reachAttribute,
          host_list: reach.join(' '),
          multiplier: String(reachScore),
          dampen: pacemakerDuration(dampenMs),
          attempts: '2',
          timeout: '1',
          // The agent cuts its own timeout to whole seconds; ping takes the last -W.
          options: `-i ${reachGapMs / 1000} -W ${reachTimeoutMs / 1000}`,
          use_fping: 'false',
        },
        // A node whose ping fails for other reasons tries for ever: what it measures is lost, and nothing else.
        meta: { 'migration-threshold': 'INFINITY' },
        operations: [
          { name: 'start', intervalMs: 0, timeoutMs: 60_000 },
          { name: 'stop', intervalMs: 0, timeoutMs: 20_000 },
          { name: 'monitor', intervalMs: monitorMs, timeoutMs: 60_000 },
        ],
      },
    },
  ];
}

/** The group goes where more is reached; where both reach as much, its stickiness holds it. */
export function reachConstraints({ reach, witness }: Site): Constraint[] {
  if (reach.length === 0) return [];
  const away: Constraint[] =
    witness?.kind === 'member'
      ? [
          {
            kind: 'location',
            id: `${reachId}-never-on-${witness.name}`,
            resource: reachId,
            node: witness.name,
            score: '-INFINITY',
            discovery: 'never',
          },
        ]
      : [];
  return [
    ...away,
    {
      kind: 'location-rule',
      id: `${activeGroupId}-where-clients-are`,
      resource: activeGroupId,
      scoreAttribute: reachAttribute,
    },
  ];
}

/** The clone that pings, the resource in it, and the node's attribute in which it keeps how many targets it reaches, times `reachScore`. */
export const reachId = 'reach';
export const reachPingId = `${reachId}-ping`;
export const reachAttribute = 'holdfast-reach';
