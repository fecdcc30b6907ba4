import type { Budget, BudgetedFault, FaultBudget } from './budget.ts';

/** The faults for which the RTO is promised and that end by themselves, the longest first. */
export function promisedFaults(faults: Budget): readonly (readonly [BudgetedFault, FaultBudget])[] {
  return entriesOf(faults)
    .filter(([, { promised, seconds }]) => promised && Number.isFinite(seconds))
    .toSorted(([, a], [, b]) => b.seconds - a.seconds);
}

export function entriesOf(faults: Budget): readonly (readonly [BudgetedFault, FaultBudget])[] {
  return names.flatMap((name) => {
    const each = faults[name];
    return each === undefined ? [] : [[name, each] as const];
  });
}

/** In the order in which they are shown. */
const names = [
  'process-crash',
  'crash-loop',
  'process-hang',
  'planned-move',
  'reboot',
  'power-cut',
  'kernel-panic',
  'network-cut',
  'corosync-kill',
  'pacemaker-kill',
  'passive-power-cut',
  'one-link-cut',
  'users-link-cut',
  'witness-loss',
  'witness-loss-then-power-cut',
  'fencing-dead-then-power-cut',
  'blackout',
] as const satisfies readonly BudgetedFault[];

/** Faults that pass in the same way stand together, each group at the place of its first. */
export function groupsOf(
  faults: Budget,
): readonly { readonly names: readonly [BudgetedFault, ...BudgetedFault[]]; readonly budget: FaultBudget }[] {
  const groups = Map.groupBy(entriesOf(faults), ([, each]) => JSON.stringify(each));
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ names: [first[0], ...others.map(([name]) => name)], budget: first[1] }],
  );
}
