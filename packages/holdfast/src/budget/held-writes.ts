import { formatDuration, type TimeTerm } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import { drbdMisses, fenceHandlerPoll } from './drbd-terms.ts';
import { fencingTerms } from './fencing-terms.ts';
import { memberLost } from './lost-member.ts';
import { workloadPath } from './site-paths.ts';
import { assumed, onMachinesOf, sumOf } from './terms.ts';

/**
 * How long the writes of the node that serves wait when the other node goes dark; undefined: without end. A shared disk needs
 * no other node. DRBD (`fencing resource-and-stonith`) holds every write until the other node is dead or forbidden to serve; it
 * misses its peer no later than Corosync does (engines/drbd/timing.ts).
 */
export function heldByLostPeer(site: Site): TimeTerm[] | undefined {
  switch (site.state.type) {
    case 'shared-block':
      return [];
    case 'drbd': {
      const fenced = fencingTerms(site, { left: true, dark: true });
      return fenced === undefined
        ? undefined
        : [...memberLost(site), ...fenced, fenceHandlerPoll(), assumed('fenceHandler', 'fence handler')];
    }
  }
}

/** The same when one link is cut that no user is on: the other node still answers Corosync. */
export function heldByLostLink(site: Site): TimeTerm[] {
  switch (site.state.type) {
    case 'shared-block':
      return [];
    case 'drbd':
      return [
        drbdMisses(site, 'the link that carries the writes is the one that was cut'),
        // The other node still answers: the handler has nothing to wait for.
        assumed('fenceHandler', 'fence handler'),
      ];
  }
}

/**
 * In words: probes that are given less time than writes may be held. One that asks the disk fails then, and the workload that did
 * nothing wrong is restarted, on a node whose disk does not answer: its stop may take too long, which costs the node.
 */
export function notesOnHeldWrites(site: Site): readonly string[] {
  const held = heldByLostPeer(site);
  if (held === undefined || held.length === 0) return [];
  const seconds = sumOf(onMachinesOf(site, held));
  return site.workloads.flatMap(({ name, probe }) => {
    if (probe === undefined || probe.timeoutMs >= seconds * 1000) return [];
    const key = `${workloadPath(site.workloads, name)}.probe`;
    return [
      `When the passive node is lost, writes are held for up to ${seconds} s, and the probe of ${name} waits ${formatDuration(probe.timeoutMs)}: ` +
        `if it asks the disk, or the workload does nothing else while the disk is silent, ${name} is restarted each time. Then set ${key}.timeout to at ` +
        `least ${formatDuration(Math.ceil(seconds) * 1000)}.`,
    ];
  });
}
