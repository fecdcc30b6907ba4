import type { TimeTerm } from '../core/index.ts';
import type { Site, Workload } from '../site/index.ts';
import { told } from './drbd-terms.ts';
import { assumed } from './terms.ts';

/** State, address and workloads start on a node, and a client is answered. `after`: how the state was left. */
export function takenOver({ state, workloads }: Site, after: 'unmount' | 'crash'): TimeTerm[] {
  return [
    ...stateStarted(state, after),
    assumed('addressUp', 'address'),
    ...workloadsStarted(workloads),
    nextAttempt(),
  ];
}

/** The workloads that still run, the address and the state stop on a node that is well. */
export function givenUp(state: Site['state'], workloads: readonly Workload[]): TimeTerm[] {
  return [...workloadsStopped(workloads), assumed('addressDown', 'address taken away'), ...stateStopped(state)];
}

/** In the order in which they start. */
export function workloadsStarted(workloads: readonly Workload[]): TimeTerm[] {
  return workloads.map(({ name }) => assumed('workloadStart', `start of ${name}`));
}

/** The last one first. */
export function workloadsStopped(workloads: readonly Workload[]): TimeTerm[] {
  return workloads.toReversed().map(({ name }) => assumed('workloadStop', `stop of ${name}`));
}

export function nextAttempt(): TimeTerm {
  return assumed('clientRetry', 'next attempt of the client');
}

function stateStarted(state: Site['state'], after: 'unmount' | 'crash'): TimeTerm[] {
  const mounted = after === 'crash' ? assumed('mountReplay', 'mount with replay') : assumed('mount', 'mount');
  switch (state.type) {
    case 'shared-block':
      return [mounted];
    case 'drbd':
      return [assumed('promote', 'promotion of DRBD'), told('promotion', 2), mounted];
  }
}

function stateStopped(state: Site['state']): TimeTerm[] {
  switch (state.type) {
    case 'shared-block':
      return [assumed('unmount', 'unmount')];
    case 'drbd':
      return [assumed('unmount', 'unmount'), assumed('demote', 'demotion of DRBD'), told('demotion', 2)];
  }
}
