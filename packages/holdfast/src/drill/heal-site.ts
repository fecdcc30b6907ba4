import { HoldfastError } from '../core/index.ts';
import { workloadId } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { Healing } from './environment.ts';
import { sameClock } from './evidence/index.ts';
import { type FaultContext, healingOrder, healPatiently } from './faults/index.ts';
import { membersOf } from './members.ts';
import { targetWorkload } from './target-workload.ts';
import type { DrillEvent } from './types.ts';

/**
 * Undoes whatever a drill that died may have left on the nodes: power that is off, filters, stopped processes, timers,
 * failures in the cluster's memory. Harmless where there is nothing. Throws one HoldfastError for everything that could not
 * be undone.
 */
export async function healSite(site: Site, environment: Healing, emit: (event: DrillEvent) => void): Promise<void> {
  const problems: HoldfastError[] = [];
  const never = new AbortController().signal;
  const members = membersOf(site, environment.members, () => sameClock);
  const [one, two] = site.nodes;
  for (const fault of healingOrder) {
    for (const victim of members) {
      // The witness may have lost its power, and nothing else.
      if (victim.name === site.witness?.name && (fault.name !== 'power-cut' || !site.drill.lab)) continue;
      const workload = targetWorkload(site);
      const context: FaultContext = {
        clock: environment.clock,
        site,
        roles: { active: victim.name, passive: victim.name === one.name ? two.name : one.name },
        victim,
        members,
        unit: workload.unit,
        workloadResource: workloadId(workload),
        power: environment.power,
        // Only from a node that serves and that a drill has touched so that it must boot.
        move: () => environment.moveAwayFrom(victim.name, never),
        untilIdle: () => Promise.reject(new Error('healing waits for nothing')),
        keepJournal: async () => {},
        deadManMs: 0,
      };
      emit({ kind: 'step', text: `${victim.name}: undoing what ${fault.name} may have left` });
      try {
        await healPatiently(fault, context, bootLimitMs);
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        problems.push(error);
      }
    }
  }
  const [first, ...others] = problems.flatMap((error) => error.problems);
  if (first !== undefined) throw new HoldfastError([first, ...others]);
}

/** A machine that was just switched on must boot before anything else can be done on it. */
const bootLimitMs = 60_000;
