import type { TimeTerm } from '../core/index.ts';
import { reachGapMs, reachTimeoutMs, reachTimes } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { fromHoldfast } from './terms.ts';

/** From the moment at which a node reaches nothing any more until the whole cluster knows it. */
export function reachLost(site: Site): TimeTerm[] {
  const { monitorMs, dampenMs } = reachTimes(site);
  return [
    fromHoldfast(
      'ping interval',
      monitorMs,
      'reach-ping, monitor interval',
      'the cable is cut just after a ping',
      'ocf:pacemaker:ping, operation monitor',
    ),
    fromHoldfast(
      'ping without answer',
      reachGapMs + reachTimeoutMs,
      'reach-ping, options -i and -W',
      'two pings are sent, and the last one waited for',
      'ping(8), -i and -W',
    ),
    fromHoldfast(
      'dampening',
      dampenMs,
      'reach-ping, dampen',
      'both nodes have time to notice the same, so that a dead target moves nothing',
      'attrd_updater(8), --delay',
    ),
  ];
}
