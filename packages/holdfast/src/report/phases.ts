import type { DrillResult, Phase } from '../drill/index.ts';
import { recoveryOf } from './summary.ts';
import { decimals } from './words.ts';

/** A phase that was reached. */
export interface ReachedPhase extends Phase {
  readonly atSeconds: number;
}

export function reachedPhases(drill: DrillResult): readonly ReachedPhase[] {
  return drill.phases.filter(isReached).sort((a, b) => a.atSeconds - b.atSeconds);
}

/** What the recovery time is made of, such as `3.41 s: detected 1.21, fenced 2.05, …`. */
export function phasesLine(drill: DrillResult): string {
  const recovery = recoveryOf(drill);
  const reached = reachedPhases(drill).map(({ name, atSeconds }) => `${name} ${decimals(atSeconds)}`);
  const total = typeof recovery === 'number' ? `${decimals(recovery)} s` : `recovery ${recovery}`;
  return reached.length === 0 ? `${total}: no phase was read` : `${total}: ${reached.join(', ')}`;
}

function isReached(phase: Phase): phase is ReachedPhase {
  return phase.atSeconds !== null;
}
