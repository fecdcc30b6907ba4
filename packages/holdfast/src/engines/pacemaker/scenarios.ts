import { type Cib, type Primitive, primitivesOf } from './cib.ts';
import { crashesUntil } from './crash-count.ts';

/**
 * Something that happens to a cluster, for Pacemaker's own scheduler to answer. Rounds follow one another: in each the events
 * happen, and the cluster then does what it decides until it rests or an action fails.
 */
export interface Scenario {
  /** What happens, as the beginning of a sentence: `alpha fails`. */
  readonly title: string;
  readonly rounds: readonly (readonly SimulatedEvent[])[];
}

/** A resource that fails, fails where it then runs. */
export type SimulatedEvent =
  | { readonly kind: 'node-fails' | 'node-returns'; readonly node: string }
  | { readonly kind: 'quorum-lost' }
  /** A check finds the resource failed. */
  | { readonly kind: 'check-fails'; readonly resource: string; readonly intervalMs: number }
  /** The action, when it is tried in this round, fails. */
  | {
      readonly kind: 'action-fails';
      readonly resource: string;
      readonly action: 'start' | 'stop';
      readonly node?: string;
    };

/**
 * Every single fault worth showing in a plan: the loss of each member, and for each workload a crash, and as many crashes as
 * make it move. `workloads` are ids of primitives in the CIB.
 */
export function singleFaults(cib: Cib, members: readonly string[], workloads: readonly string[]): Scenario[] {
  const threshold = Number(cib.resourceDefaults['migration-threshold'] ?? Number.NaN);
  return [
    ...members.map((node): Scenario => ({ title: `${node} fails`, rounds: [[{ kind: 'node-fails', node }]] })),
    ...workloads.flatMap((resource) => {
      const crash = checkFailure(cib, resource);
      const once: Scenario = { title: `${resource} crashes`, rounds: [[crash]] };
      if (!Number.isInteger(threshold) || threshold < 2) return [once];
      return [
        once,
        {
          title: `${resource} crashes ${crashesUntil(threshold)} times`,
          rounds: [Array<SimulatedEvent>(threshold).fill(crash)],
        },
      ];
    }),
  ];
}

/** The failure of a resource's recurring check. */
export function checkFailure(cib: Cib, resource: string): SimulatedEvent {
  const monitor = primitives(cib)
    .find((each) => each.id === resource)
    ?.operations.find((each) => each.name === 'monitor');
  return { kind: 'check-fails', resource, intervalMs: monitor?.intervalMs ?? 0 };
}

function primitives(cib: Cib): Primitive[] {
  return cib.resources.flatMap((each) => [...primitivesOf(each)]);
}
