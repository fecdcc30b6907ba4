import type { Scenario, SimulatedEvent } from './scenarios.ts';

/** One run of the scheduler: a round, from where an earlier one, or the cluster at rest, has ended. */
export interface SimulationStep {
  /** The index of the step before it; undefined: the cluster at rest. */
  readonly after?: number;
  /** How many steps come before it. */
  readonly depth: number;
  readonly events: readonly SimulatedEvent[];
}

/** The steps of all scenarios, each once where scenarios begin alike, and for each scenario the indexes of its own. */
export interface SimulationSteps {
  readonly steps: readonly SimulationStep[];
  readonly paths: readonly (readonly number[])[];
}

export function simulationSteps(scenarios: readonly Scenario[]): SimulationSteps {
  const steps: SimulationStep[] = [];
  const known = new Map<string, number>();
  const paths = scenarios.map(({ rounds }) => {
    const path: number[] = [];
    for (const events of rounds) {
      const after = path.at(-1);
      const key = JSON.stringify([after, events]);
      const index =
        known.get(key) ?? steps.push({ depth: path.length, events, ...(after === undefined ? {} : { after }) }) - 1;
      known.set(key, index);
      path.push(index);
    }
    return path;
  });
  return { steps, paths };
}
