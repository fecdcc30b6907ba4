import type { ScenarioOutcome } from './read-simulation.ts';

/** `alpha fails: alpha is fenced, then state, address and workload-ledger run on bravo.` */
export function describeOutcome(outcome: Omit<ScenarioOutcome, 'sentence'>): string {
  const { title, before, after, steps, stopped, service, unfenced } = outcome;
  const fenced = [...new Set(steps.flatMap((step) => (step.kind === 'fence' ? [step.node] : [])))];
  const served = Object.keys(before).filter((id) => before[id] !== null);
  const moved = served.filter((id) => (after[id] ?? null) !== null && after[id] !== before[id]);
  const promoted = moved.filter((id) => steps.some((step) => step.kind === 'promote' && step.resource === id));
  const restarted = served.filter(
    (id) => after[id] === before[id] && steps.some((step) => step.kind === 'start' && step.resource === id),
  );
  const clauses = [
    fenced.length > 0 ? `${list(fenced)} ${fenced.length === 1 ? 'is' : 'are'} fenced` : '',
    unfenced === undefined ? '' : `${unfenced} cannot be fenced`,
    ...promoted.map((id) => `${id} is promoted on ${after[id]}`),
    ...byNode(
      moved.filter((id) => !promoted.includes(id)),
      after,
    ).map(([node, ids]) => `${list(ids)} ${ids.length === 1 ? 'moves' : 'move'} to ${node}`),
    ...byNode(restarted, after).map(
      ([node, ids]) => `${list(ids)} ${ids.length === 1 ? 'is' : 'are'} restarted on ${node}`,
    ),
    stopped.length > 0 ? `${list(stopped)} ${stopped.length === 1 ? 'runs' : 'run'} nowhere${untilWhen(service)}` : '',
  ].filter((clause) => clause !== '');
  const unmoved = moved.length + restarted.length + stopped.length === 0;
  const rest = unmoved && served.length > 0 ? `${clauses.length > 0 ? 'and ' : ''}nothing that serves moves` : '';
  return `${title}: ${[clauses.join(', then '), rest].filter((part) => part !== '').join(', ') || 'nothing serves, before or after'}.`;
}

function untilWhen(service: ScenarioOutcome['service']): string {
  if (service.kind !== 'stops' && service.kind !== 'blocked') return '';
  return ` until ${service.until ?? 'a person looks'}`;
}

function byNode(ids: readonly string[], after: ScenarioOutcome['after']): [node: string, ids: string[]][] {
  return Object.entries(Object.groupBy(ids, (id) => after[id] ?? '')).map(([node, group]) => [node, group ?? []]);
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
