import { HoldfastError } from '../core/index.ts';
import { workloadId } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { Healing } from './environment.ts';
import { sameClock } from './evidence/index.ts';
import { type FaultContext, faults, healPatiently } from './faults/index.ts';
import { targetWorkload } from './target-workload.ts';
import type { DrillEvent, FaultName } from './types.ts';

/**
 * Undoes whatever a drill that died may have left on the nodes: power that is off, filters, stopped processes, timers,
 * failures in the cluster's memory. Harmless where there is nothing. Throws one HoldfastError for everything that could not
 * be undone.
 */
export async function healSite(site: Site, environment: Healing, emit: (event: DrillEvent) => void): Promise<void> {
  const problems: HoldfastError[] = [];
  for (const node of site.nodes) {
    const host = environment.members.find(({ name }) => name === node.name);
    if (host === undefined) continue;
    const workload = targetWorkload(site);
    const context: FaultContext = {
      clock: environment.clock,
      node,
      host,
      offset: sameClock,
      unit: workload.unit,
      workloadResource: workloadId(workload),
      virtualAddress: site.address.ip,
      power: environment.power,
      move: () => Promise.reject(new Error('healing moves nothing')),
      deadManMs: 0,
    };
    for (const fault of healingOrder.map((name) => faults[name])) {
      emit({ kind: 'step', text: `${node.name}: undoing what ${fault.name} may have left` });
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

/** Power first: what has none cannot be healed otherwise. */
const healingOrder: readonly FaultName[] = ['power-cut', 'network-cut', 'process-hang', 'process-crash'];
/** A machine that was just switched on must boot before anything else can be done on it. */
const bootLimitMs = 60_000;
