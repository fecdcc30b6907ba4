import { HoldfastError } from '../../core/index.ts';
import { describeOutcome } from './describe-outcome.ts';
import { parseXml } from './parse-xml.ts';
import type { Scenario } from './scenarios.ts';
import { failedMark, roundMark, scenarioMark } from './simulation-script.ts';
import { child, descendants, type XmlElement } from './xml.ts';

/** What Pacemaker's scheduler would do about a scenario. */
export interface ScenarioOutcome {
  readonly title: string;
  /** Where each resource ran before, by id; null: nowhere. Fencing devices are left out: wherever they run, they can be used. */
  readonly before: Readonly<Record<string, string | null>>;
  /** Where each runs when the cluster is at rest again. */
  readonly after: Readonly<Record<string, string | null>>;
  /** In the order in which they happen, over all rounds; what happens to fencing devices is left out here too. */
  readonly steps: readonly SimulatedStep[];
  /** Resources that ran before and run nowhere after. */
  readonly stopped: readonly string[];
  /** One sentence that says it all. */
  readonly sentence: string;
}

export type SimulatedStep =
  | { readonly kind: 'fence'; readonly node: string; readonly action: string }
  | { readonly kind: 'start' | 'stop'; readonly resource: string; readonly node: string };

/**
 * Reads what `simulationScript(scenarios, …)` printed, one outcome for each scenario in their order.
 * Throws HF-SIMULATION-FAILED when the scheduler refused, HF-XML-MALFORMED when it printed something else.
 */
export function readSimulation(output: string, scenarios: readonly Scenario[]): ScenarioOutcome[] {
  const sections = new Map(
    `\n${output}`
      .split(`\n${scenarioMark}`)
      .slice(1)
      .map((section) => {
        const end = section.indexOf('\n');
        return [section.slice(0, end), section.slice(end + 1)];
      }),
  );
  roundsOf(sections.get('rest'), 'the cluster at rest');
  return scenarios.map((scenario, index) =>
    readOutcome(scenario, roundsOf(sections.get(String(index)), scenario.title)),
  );
}

function readOutcome({ title }: Scenario, rounds: readonly XmlElement[]): ScenarioOutcome {
  const before = locations(rounds[0] && child(rounds[0], 'cluster_status'));
  const last = rounds.at(-1);
  const after = locations(last && child(last, 'revised_cluster_status'));
  const steps = rounds.flatMap((round) => stepsOf(round, before));
  const stopped = Object.keys(before).filter((id) => before[id] !== null && (after[id] ?? null) === null);
  return { title, before, after, steps, stopped, sentence: describeOutcome({ title, before, after, steps, stopped }) };
}

function roundsOf(section: string | undefined, title: string): XmlElement[] {
  if (section === undefined) throw failed(`The simulation ended before it came to "${title}".`);
  const failure = new RegExp(`^${failedMark}(\\d+)$`, 'm').exec(section);
  if (failure) throw failed(`crm_simulate ended with code ${failure[1]} on "${title}".`);
  return section
    .split(`${roundMark}\n`)
    .filter((document) => document.trim() !== '')
    .map(parseXml);
}

function failed(message: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-SIMULATION-FAILED',
    message,
    remedy: 'Run `crm_verify` on the proposed configuration: it names what Pacemaker does not accept.',
    source: 'tool',
  });
}

/** Only the first node is kept: running on two at once does not happen in a simulation that starts sound. */
function locations(status: XmlElement | undefined): Record<string, string | null> {
  const resources = status && child(status, 'resources');
  if (resources === undefined) return {};
  return Object.fromEntries(
    [...descendants(resources)]
      .filter((each) => each.name === 'resource' && !each.attributes.resource_agent?.startsWith('stonith:'))
      .map(({ attributes, children }) => [
        attributes.id ?? '',
        attributes.active === 'true' ? (children.find((each) => each.name === 'node')?.attributes.name ?? null) : null,
      ]),
  );
}

function stepsOf(round: XmlElement, resources: ScenarioOutcome['before']): SimulatedStep[] {
  return (child(round, 'transition')?.children ?? []).flatMap(({ name, attributes }): SimulatedStep[] => {
    const { op = '', node = '', resource = '', target = '' } = attributes;
    if (name === 'fencing_action') return [{ kind: 'fence', node: target, action: op }];
    if (name === 'rsc_action' && (op === 'start' || op === 'stop') && Object.hasOwn(resources, resource)) {
      return [{ kind: op, resource, node }];
    }
    return [];
  });
}
