import type { TimeTerm } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import { drbdMisses, fenceHandlerPoll } from './drbd-terms.ts';
import { fencingTerms } from './fencing-terms.ts';
import { memberLost } from './lost-member.ts';
import { assumed } from './terms.ts';

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
