import type { DrillResult, Phase } from '../drill/index.ts';
import { recoveryOf } from './summary.ts';
import { decimals, phaseWords } from './words.ts';

/** A phase that was reached. */
export interface ReachedPhase extends Phase {
  readonly atSeconds: number;
  /**
   * The cluster notes the start of the workload when its agent is done, which may be a moment after the workload has
   * answered. Then the time says when it was noted, and not when it was.
   */
  readonly notedLate: boolean;
}

/** In the order of their times. */
export function reachedPhases(drill: DrillResult): readonly ReachedPhase[] {
  const reached = drill.phases.filter(isReached);
  const firstAnswer = reached.find(({ name }) => name === 'first-acknowledged-write');
  return reached
    .map((phase) => ({
      ...phase,
      notedLate: phase.name === 'workload' && firstAnswer !== undefined && phase.atSeconds > firstAnswer.atSeconds,
    }))
    .sort((a, b) => a.atSeconds - b.atSeconds);
}

/** In the order of cause and effect: the workload starts before it answers, whenever that was noted. */
export function causalPhases(drill: DrillResult): readonly ReachedPhase[] {
  const phases = reachedPhases(drill);
  const late = phases.filter(({ notedLate }) => notedLate);
  return phases
    .filter(({ notedLate }) => !notedLate)
    .flatMap((phase) => (phase.name === 'first-acknowledged-write' ? [...late, phase] : [phase]));
}

/** What the recovery time is made of, such as `3.41 s: detected 1.21, fenced 2.05, …`; `~` is before what was noted late. */
export function phasesLine(drill: DrillResult): string {
  const recovery = recoveryOf(drill);
  const reached = causalPhases(drill).map((phase) => `${phase.name} ${timeOf(phase)}`);
  const total = typeof recovery === 'number' ? `${decimals(recovery)} s` : `recovery ${recovery}`;
  return reached.length === 0 ? `${total}: no phase was read` : `${total}: ${reached.join(', ')}`;
}

/** The seconds, with `~` before what was noted late. */
export function timeOf({ atSeconds, notedLate }: ReachedPhase): string {
  return `${notedLate ? '~' : ''}${decimals(atSeconds)}`;
}

export function wordsOf({ name, notedLate }: ReachedPhase): string {
  return notedLate ? 'workload reported started' : phaseWords[name];
}

function isReached(phase: Phase): phase is Phase & { readonly atSeconds: number } {
  return phase.atSeconds !== null;
}
