import { HoldfastError } from '../../core/index.ts';
import { describeOutcome } from './describe-outcome.ts';
import { parseXml } from './parse-xml.ts';
import { carriedOut } from './plan-graph.ts';
import type { Scenario } from './scenarios.ts';
import { failedMark, graphMark, passedMark, stepMark } from './simulation-script.ts';
import { simulationSteps } from './simulation-steps.ts';
import { child, descendants, type XmlElement } from './xml.ts';

/** What Pacemaker's scheduler would do about a scenario. */
export interface ScenarioOutcome {
  readonly title: string;
  /** Where each resource ran before, by id; null: nowhere. Fencing devices are left out: wherever they run, they can be used. */
  readonly before: Readonly<Record<string, string | null>>;
  /** Where each runs when the cluster is at rest again; null also where it may still run on a node that nothing can fence. */
  readonly after: Readonly<Record<string, string | null>>;
  /** In the order in which they happen, over all rounds; what happens to fencing devices is left out here too. */
  readonly steps: readonly SimulatedStep[];
  /** Resources that ran before and run nowhere after. */
  readonly stopped: readonly string[];
  /** The lost node that nothing could fence. */
  readonly unfenced?: string;
  readonly service: ServiceOutcome;
  /** One sentence that says it all. */
  readonly sentence: string;
}

/** What its users see of the site. */
export type ServiceOutcome =
  | { readonly kind: 'keeps-running' }
  /** After an interruption, on that node. */
  | { readonly kind: 'recovers'; readonly on: string }
  /** Until what `until` says; undefined: until a person looks. */
  | { readonly kind: 'stops'; readonly until?: string }
  /** A node cannot be fenced, so nothing of it may start elsewhere. */
  | { readonly kind: 'blocked'; readonly until?: string };

export type SimulatedStep =
  | { readonly kind: 'fence'; readonly node: string; readonly action: string }
  | { readonly kind: 'start' | 'stop' | 'promote' | 'demote'; readonly resource: string; readonly node: string };

/**
 * Reads what `simulationScript(scenarios, …)` printed, one outcome for each scenario in their order.
 * Throws HF-SIMULATION-FAILED when the scheduler refused, HF-XML-MALFORMED when it printed something else.
 */
export function readSimulation(output: string, scenarios: readonly Scenario[]): ScenarioOutcome[] {
  const sections = new Map(
    `\n${output}`
      .split(`\n${stepMark}`)
      .slice(1)
      .map((section) => {
        const end = section.indexOf('\n');
        return [section.slice(0, end), section.slice(end + 1)];
      }),
  );
  roundOf(sections.get('up'), 'the cluster coming up');
  const rest = roundOf(sections.get('rest'), 'the cluster at rest');
  const before = locations(rest.status);
  const rounds = new Map<number, Round>();
  const { paths } = simulationSteps(scenarios);
  return scenarios.map((scenario, index) => {
    const played = (paths[index] ?? []).map((step) => {
      const round = rounds.get(step) ?? roundOf(sections.get(String(step)), scenario.title);
      rounds.set(step, round);
      return round;
    });
    return outcomeOf(scenario, before, played);
  });
}

/** One run of the scheduler. */
interface Round {
  /** What it did, in order. */
  readonly actions: readonly XmlElement[];
  /** Where everything is afterwards; undefined: nothing happened. */
  readonly status: XmlElement | undefined;
  /** The plan, where it could not be carried out to its end. */
  readonly graph?: XmlElement;
}

function roundOf(section: string | undefined, title: string): Round {
  if (section === undefined) throw failed(`The simulation ended before it came to "${title}".`);
  const failure = new RegExp(`^${failedMark}(\\d+)$`, 'm').exec(section);
  if (failure) throw failed(`crm_simulate ended with code ${failure[1]} on "${title}".`);
  if (section.startsWith(passedMark)) return { actions: [], status: undefined };
  const [document = '', graph] = section.split(`${graphMark}\n`);
  const result = parseXml(document);
  if (graph !== undefined) return { actions: [], status: child(result, 'cluster_status'), graph: parseXml(graph) };
  const status = child(result, 'revised_cluster_status');
  if (status === undefined) throw failed(`crm_simulate did not say where "${title}" ends.`);
  return { actions: child(result, 'transition')?.children ?? [], status };
}

function failed(message: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-SIMULATION-FAILED',
    message,
    remedy: 'Run `crm_verify` on the proposed configuration: it names what Pacemaker does not accept.',
    source: 'tool',
  });
}

function outcomeOf(scenario: Scenario, before: ScenarioOutcome['before'], rounds: readonly Round[]): ScenarioOutcome {
  const unfenced = scenario.rounds.flat().find((event) => event.kind === 'fencing-fails')?.node;
  const last = rounds.findLast(({ status }) => status !== undefined);
  const graph = last?.graph;
  const planned = graph === undefined || unfenced === undefined ? [] : carriedOut(graph, unfenced);
  const done = planned.filter(({ resource }) => Object.hasOwn(before, resource));
  const steps = [...rounds.flatMap(({ actions }) => actions.flatMap((action) => stepsOf(action, before))), ...done];
  const after = last?.status === undefined ? before : afterSteps(without(unfenced, locations(last.status)), done);
  const stopped = Object.keys(before).filter((id) => before[id] !== null && (after[id] ?? null) === null);
  const seen = { title: scenario.title, before, after, steps, stopped };
  const outcome = {
    ...seen,
    service: serviceOf(scenario, seen, unfenced),
    ...(unfenced === undefined ? {} : { unfenced }),
  };
  return { ...outcome, sentence: describeOutcome(outcome) };
}

function serviceOf(
  { endsWhen }: Scenario,
  { before, after, steps, stopped }: Pick<ScenarioOutcome, 'before' | 'after' | 'steps' | 'stopped'>,
  unfenced: string | undefined,
): ServiceOutcome {
  const until = endsWhen === undefined ? {} : { until: endsWhen };
  if (stopped.length > 0) return unfenced === undefined ? { kind: 'stops', ...until } : { kind: 'blocked', ...until };
  const disturbed = Object.keys(before).filter(
    (id) =>
      before[id] !== null &&
      (after[id] !== before[id] || steps.some((step) => step.kind === 'start' && step.resource === id)),
  );
  const on = after[disturbed.at(-1) ?? ''] ?? null;
  return on === null ? { kind: 'keeps-running' } : { kind: 'recovers', on };
}

/** What a node that cannot be fenced ran may run there still, or not: nobody can rely on it. */
function without(node: string | undefined, at: ScenarioOutcome['after']): ScenarioOutcome['after'] {
  return Object.fromEntries(Object.entries(at).map(([id, where]) => [id, where === node ? null : where]));
}

function afterSteps(at: ScenarioOutcome['after'], steps: readonly SimulatedStep[]): ScenarioOutcome['after'] {
  const now = { ...at };
  for (const step of steps) {
    if (step.kind === 'start' || step.kind === 'promote') now[step.resource] = step.node;
    if (step.kind === 'stop') now[step.resource] = null;
  }
  return now;
}

/**
 * Nothing serves on a node that is lost, fenced or not. Of a resource that is promoted on one of several nodes, that copy counts;
 * one whose copies are all alike has no place that it could leave, and is left out. Running on two at once by mistake does not
 * happen in a simulation that starts sound.
 */
function locations(status: XmlElement | undefined): Record<string, string | null> {
  const resources = status && child(status, 'resources');
  if (status === undefined || resources === undefined) return {};
  const lost = lostNodes(status);
  const all = [...descendants(resources)];
  const alike = new Set(
    all
      .filter((each) => each.name === 'clone' && each.attributes.multi_state === 'false')
      .flatMap((each) => [...descendants(each)]),
  );
  const copies = all.filter(
    (each) => each.name === 'resource' && !alike.has(each) && !each.attributes.resource_agent?.startsWith('stonith:'),
  );
  return Object.fromEntries(
    [...Map.groupBy(copies, ({ attributes }) => (attributes.id ?? '').replace(/:\d+$/, ''))].map(([id, ofOne]) => {
      const active = ofOne.flatMap(({ attributes, children }) => {
        const node = children.find((each) => each.name === 'node')?.attributes.name;
        return attributes.active === 'true' && node !== undefined && !lost.has(node)
          ? [{ node, isPromoted: /^(Promoted|Master)$/.test(attributes.role ?? '') }]
          : [];
      });
      return [id, (active.find(({ isPromoted }) => isPromoted) ?? active[0])?.node ?? null];
    }),
  );
}

function lostNodes(status: XmlElement): Set<string> {
  const nodes = child(status, 'nodes')?.children ?? [];
  return new Set(
    nodes
      .filter(({ attributes }) => attributes.online === 'false' || attributes.unclean === 'true')
      .map(({ attributes }) => attributes.name ?? ''),
  );
}

function stepsOf({ name, attributes }: XmlElement, resources: ScenarioOutcome['before']): SimulatedStep[] {
  const { op = '', node = '', target = '' } = attributes;
  const resource = (attributes.resource ?? '').replace(/:\d+$/, '');
  if (name === 'fencing_action') return [{ kind: 'fence', node: target, action: op }];
  if (name !== 'rsc_action' || !Object.hasOwn(resources, resource)) return [];
  switch (op) {
    case 'start':
    case 'stop':
    case 'promote':
    case 'demote':
      return [{ kind: op, resource, node }];
    default:
      return [];
  }
}
