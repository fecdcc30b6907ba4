import type { ScenarioOutcome } from './read-simulation.ts';

/** `alpha fails: alpha is fenced, then state, address and workload-ledger run on bravo.` */
export function describeOutcome({ title, before, after, steps, stopped }: Omit<ScenarioOutcome, 'sentence'>): string {
  const fenced = [...new Set(steps.flatMap((step) => (step.kind === 'fence' ? [step.node] : [])))];
  const served = Object.keys(before).filter((id) => before[id] !== null);
  const moved = served.filter((id) => (after[id] ?? null) !== null && after[id] !== before[id]);
  const restarted = served.filter(
    (id) => after[id] === before[id] && steps.some((step) => step.kind === 'start' && step.resource === id),
  );
  const clauses = [
    fenced.length > 0 ? `${list(fenced)} ${fenced.length === 1 ? 'is' : 'are'} fenced` : '',
    ...byNode(moved, after).map(([node, ids]) => `${list(ids)} ${ids.length === 1 ? 'moves' : 'move'} to ${node}`),
    ...byNode(restarted, after).map(
      ([node, ids]) => `${list(ids)} ${ids.length === 1 ? 'is' : 'are'} restarted on ${node}`,
    ),
    stopped.length > 0 ? `${list(stopped)} ${stopped.length === 1 ? 'runs' : 'run'} nowhere` : '',
  ].filter((clause) => clause !== '');
  const unmoved = moved.length + restarted.length + stopped.length === 0;
  const rest = unmoved && served.length > 0 ? `${clauses.length > 0 ? 'and ' : ''}nothing that serves moves` : '';
  return `${title}: ${[clauses.join(', then '), rest].filter((part) => part !== '').join(', ') || 'nothing serves, before or after'}.`;
}

function byNode(ids: readonly string[], after: ScenarioOutcome['after']): [node: string, ids: string[]][] {
  return Object.entries(Object.groupBy(ids, (id) => after[id] ?? '')).map(([node, group]) => [node, group ?? []]);
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
