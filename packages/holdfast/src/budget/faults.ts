import type { AcceptedRisk, Site } from '../site/index.ts';
import { type Budget, type BudgetedFault, budget, type FaultBudget } from './budget.ts';

/** The faults for which the RTO is promised and that end by themselves, the longest first. */
export function promisedFaults(faults: Budget): readonly (readonly [BudgetedFault, FaultBudget])[] {
  return entriesOf(faults)
    .filter(([, { promised, seconds }]) => promised && Number.isFinite(seconds))
    .toSorted(([, a], [, b]) => b.seconds - a.seconds);
}

/**
 * The faults for which the RTO is promised, that have no end of their own, and of which the file does not say in `accept` that this
 * is known. A file where nothing notices a hang does not parse without.
 */
export function endlessFaults(site: Site): readonly (readonly [BudgetedFault, FaultBudget])[] {
  const accepted = new Set(site.acceptedRisks.map(({ risk }) => risk));
  return entriesOf(budget(site)).filter(([name, { promised, endsWhen }]) => {
    const risk = risksOf[name];
    return promised && endsWhen !== undefined && risk !== undefined && !accepted.has(risk);
  });
}

/** What a site accepts when it accepts that such a fault has no end. */
export const risksOf: Readonly<Partial<Record<BudgetedFault, AcceptedRisk['risk']>>> = {
  'power-cut': 'bmc-shares-power',
  'passive-power-cut': 'bmc-shares-power',
  'users-link-cut': 'clients-link-unwatched',
};

export function entriesOf(faults: Partial<Budget>): readonly (readonly [BudgetedFault, FaultBudget])[] {
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
  faults: Partial<Budget>,
): readonly { readonly names: readonly [BudgetedFault, ...BudgetedFault[]]; readonly budget: FaultBudget }[] {
  const groups = Map.groupBy(entriesOf(faults), ([, each]) => JSON.stringify(each));
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ names: [first[0], ...others.map(([name]) => name)], budget: first[1] }],
  );
}
