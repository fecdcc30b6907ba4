import { type Cib, type CibChange, primitivesOf } from '../engines/pacemaker/index.ts';
import type { Step } from './step.ts';

export type Disruption = 'none' | 'switchover' | 'outage';

/**
 * What the users notice of these steps, told from the steps alone and never too little: a change to a resource of the active
 * group counts as its restart. Pacemaker's scheduler knows better where it can be asked (what-if.ts).
 */
export function disruptionOf(
  steps: readonly Step[],
  changes: readonly CibChange[],
  cib: Cib,
  wasConfigured: boolean,
): Disruption {
  const stops = steps.some((step) => step.kind === 'stop-unit' || step.kind === 'stop-resources');
  const serving = cib.resources.flatMap((resource) =>
    resource.kind === 'primitive' ? [] : [resource.id, ...primitivesOf(resource).map(({ id }) => id)],
  );
  const restarts = changes.some(
    (change) => removesResource(change) || serving.some((id) => changesResource(change, id)),
  );
  return stops || (wasConfigured && restarts) ? 'outage' : 'none';
}

/** Parameters, place and order of a resource; its operations and meta attributes change without a restart. */
function changesResource(change: CibChange, id: string): boolean {
  return change.id === id || change.id.startsWith(`${id}-parameters`);
}

function removesResource(change: CibChange): boolean {
  return change.kind === 'removed' && change.subject.startsWith('resource ');
}
