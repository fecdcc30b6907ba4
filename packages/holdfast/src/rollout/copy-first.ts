import type { Problem } from '../core/index.ts';
import { freshnessOf } from '../engines/drbd/index.ts';
import type { Disruption } from './disruption.ts';
import { factsOf } from './facts.ts';
import { anyHasResources } from './plan-cluster.ts';
import type { PlanInput } from './plan-input.ts';
import { halfCopied } from './replica-problems.ts';
import type { Step } from './step.ts';

type Known = Pick<PlanInput, 'blueprint' | 'facts'>;

/**
 * While a copy is on its way nobody can take over from the end that serves. So what stops it, could cost it its connection, or
 * leaves it unwatched for a while waits until the copy is complete.
 */
export function copyFirst(
  { blueprint, facts }: Known,
  steps: readonly Step[],
  disruption: Disruption,
): readonly Step[] {
  if (!serves({ blueprint, facts })) return steps;
  const begins = steps.some(({ kind }) => kind === 'join-replica');
  const disturbs = steps.some(
    (step) =>
      (step.kind === 'restart-cluster' && !step.isEmpty) ||
      // An end that the other one has not met yet has no connection to lose.
      (step.kind === 'adjust-replica' && !begins),
  );
  if (!disturbs && disruption === 'none') return steps;
  const before = begins ? 'cluster' : 'effects';
  return steps.map((step) => (step.kind === 'await-sync' ? { ...step, before } : step));
}

/**
 * Where a copy has stopped because the two have lost each other, there is nothing to wait for: a state that is stopped then may not
 * come back before they have met again.
 */
export function refuseOutage(
  { blueprint, facts }: Known,
  steps: readonly Step[],
  disruption: Disruption,
): readonly Problem[] {
  const ends = blueprint.replica?.ends;
  if (ends === undefined || disruption === 'none' || !serves({ blueprint, facts })) return [];
  if (steps.some(({ kind }) => kind === 'await-sync')) return [];
  const [one, other] = ends;
  const isHalf = ({ host }: typeof one) =>
    freshnessOf(factsOf(facts, host).replica?.report ?? undefined) === 'half-copied';
  return [...(isHalf(one) ? [halfCopied(one, other)] : []), ...(isHalf(other) ? [halfCopied(other, one)] : [])];
}

/** A cluster that does not run has nothing to stop, and the sooner it starts the better. */
function serves({ blueprint, facts }: Known): boolean {
  return blueprint.cluster.members.some(
    (member) => factsOf(facts, member).cluster.kind !== 'stopped' && anyHasResources(facts, [member]),
  );
}
