import { type Cib, type Primitive, primitivesOf } from './cib.ts';

/**
 * Something that happens to a cluster, for Pacemaker's own scheduler to answer. Rounds follow one another: in each the events
 * happen, and the cluster then does what it decides until it rests or an action fails.
 */
export interface Scenario {
  /** What happens, as the beginning of a sentence: `alpha fails`. */
  readonly title: string;
  readonly rounds: readonly (readonly SimulatedEvent[])[];
  /** What would end an outage, as far as the events tell: `charlie or alpha returns`. */
  readonly endsWhen?: string;
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
    }
  /**
   * Every attempt to fence that node fails. crm_simulate can only succeed at it, so the round is not played to its end: the
   * scheduler gives its plan, and what waits for the fencing there does not happen. No round can follow.
   */
  | { readonly kind: 'fencing-fails'; readonly node: string };

/** The failure of a resource's recurring check. */
export function checkFailure(cib: Cib, resource: string): SimulatedEvent {
  const monitor = primitive(cib, resource)?.operations.find((each) => each.name === 'monitor');
  return { kind: 'check-fails', resource, intervalMs: monitor?.intervalMs ?? 0 };
}

export function primitive(cib: Cib, id: string): Primitive | undefined {
  return cib.resources.flatMap((each) => [...primitivesOf(each)]).find((each) => each.id === id);
}

/** The ids of the resources of which one copy is promoted. */
export function promotableIn(cib: Cib): readonly string[] {
  return cib.resources.flatMap((each) => (each.kind === 'clone' && each.promotable ? [each.member.id] : []));
}
