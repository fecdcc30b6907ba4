import {
  child,
  descendants,
  parseXml,
  readSimulation,
  type Scenario,
  type ScenarioOutcome,
  type SimulatedEvent,
  simulationScript,
  type XmlElement,
} from '../../src/engines/pacemaker/index.ts';
import type { LintInput } from '../../src/lint/index.ts';
import { runInImage } from './image-programs.ts';

/** What a danger does in Pacemaker's scheduler. */
export interface Danger {
  /** The cluster is found like this; otherwise every node has just come up. */
  readonly status?: string;
  /** Resources of which every copy is fit to be promoted. */
  readonly promotable?: readonly string[];
  /** What happens to a cluster that has come to rest. */
  readonly rounds: Scenario['rounds'];
  /** Holds of the bad example, and would not of the mended one. */
  readonly bad: (played: Played) => void;
  readonly good: (played: Played) => void;
}

export type Dangers = Readonly<Record<string, Danger>>;

/** An outcome with what it leaves out: copies that are alike, fencing devices, monitors, notifications, and the way to rest. */
export interface Played extends ScenarioOutcome {
  /** In the order in which they are done, from coming up to the end. */
  readonly jobs: readonly Job[];
  /** Where anything runs at the end. */
  readonly copies: readonly Copy[];
  /** Of a last round in which a fencing fails: every fencing that is planned. */
  readonly shots: readonly Shot[];
}

export interface Job {
  /** `fence`, `clear_failcount`, or an operation of the resource. */
  readonly kind: string;
  readonly resource: string;
  readonly node: string;
  /** 0: once. */
  readonly intervalMs: number;
}

export interface Copy {
  readonly resource: string;
  readonly node: string;
  readonly isPromoted: boolean;
}

export interface Shot {
  readonly node: string;
  /** Nodes that must be fenced before. */
  readonly after: readonly string[];
  /** What priority-fencing-delay gives the node; undefined where it gives none. */
  readonly delaySeconds: number | undefined;
}

/** The first file of an example in Pacemaker's scheduler. */
export function play(title: string, input: LintInput | undefined, danger: Danger): Played {
  const [file] = input?.files ?? [];
  const cib = file?.text ?? '';
  const members = [...cib.matchAll(/<node id="\d" uname="(\w+)"/g)].map(([, name = '']) => name);
  const scenario: Scenario = { title, rounds: danger.rounds };
  const { stdout } = runInImage(
    simulationScript([scenario], members, danger.promotable),
    {},
    cib.replace('<status/>', danger.status ?? '<status/>'),
  );
  const [outcome] = readSimulation(stdout, [scenario]);
  if (outcome === undefined) throw new Error(`no outcome: ${stdout}`);
  const runs = documents(stdout, 'pacemaker-result');
  const end = runs.flatMap((run) => child(run, 'revised_cluster_status') ?? []).at(-1);
  return {
    ...outcome,
    jobs: runs.flatMap((run) => child(run, 'transition')?.children ?? []).flatMap(jobsOf),
    copies: end === undefined ? [] : [...descendants(end)].flatMap(copiesOf),
    shots: documents(stdout, 'transition_graph').flatMap((graph) => graph.children.flatMap(shotsOf)),
  };
}

/** The recurring monitors that are at work on a cluster that has come up, as `node/milliseconds`. */
export function monitorsOf({ jobs }: Played, resource: string): readonly string[] {
  const running = new Set<string>();
  for (const job of jobs.filter((each) => each.resource === resource && each.intervalMs > 0)) {
    const monitor = `${job.node}/${job.intervalMs}`;
    if (job.kind === 'monitor') running.add(monitor);
    if (job.kind === 'cancel') running.delete(monitor);
  }
  return [...running].toSorted();
}

/** The nodes on which a resource runs at the end. */
export function nodesOf({ copies }: Played, resource: string): readonly string[] {
  return copies
    .filter((copy) => copy.resource === resource)
    .map(({ node }) => node)
    .toSorted();
}

/** How many jobs come before the first of that kind; -1: there is none. */
export function placeOf(
  { jobs }: Played,
  kind: string,
  of: { readonly resource?: string; readonly node?: string },
): number {
  return jobs.findIndex(
    (job) =>
      job.kind === kind &&
      (of.resource === undefined || job.resource === of.resource) &&
      (of.node === undefined || job.node === of.node),
  );
}

/** A resource that crashes this often; its monitor finds it. */
export function crashes(times: number, resource = 'daemon', intervalMs = 10_000): SimulatedEvent[] {
  return Array.from({ length: times }, () => ({ kind: 'check-fails', resource, intervalMs }));
}

export function fails(resource: string, action: 'start' | 'stop'): SimulatedEvent {
  return { kind: 'action-fails', resource, action };
}

/** A node that is up, with the histories of its resources and its transient attributes. */
export function upNode(
  id: number,
  name: string,
  histories: readonly string[] = [],
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  const pairs = Object.entries(attributes).map(
    ([key, value], index) => `<nvpair id="status-${id}-${index}" name="${key}" value="${value}"/>`,
  );
  return `<node_state id="${id}" uname="${name}" in_ccm="true" crmd="online" join="member" expected="member">
<transient_attributes id="${id}"><instance_attributes id="status-${id}">${pairs.join('')}</instance_attributes></transient_attributes>
<lrm id="${id}"><lrm_resources>${histories.join('')}</lrm_resources></lrm></node_state>`;
}

interface PastOperation {
  readonly name: 'start' | 'stop' | 'monitor';
  readonly intervalMs?: number;
  readonly returnCode?: number;
  readonly atSecond?: number;
}

/** What a node did with a resource of that agent (`ocf:heartbeat:Filesystem`), the first thing first. */
export function history(id: string, agent: string, operations: readonly PastOperation[]): string {
  const [agentClass = '', ...rest] = agent.split(':');
  const [type = '', provider] = rest.toReversed();
  return `<lrm_resource id="${id}" class="${agentClass}"${provider === undefined ? '' : ` provider="${provider}"`} type="${type}">
${operations.map((operation, index) => pastOperation(id, operation, index + 5)).join('')}</lrm_resource>`;
}

/** Resources by their agents, of which nothing is known but that they were started. */
export function started(agents: Readonly<Record<string, string>>): string[] {
  return Object.entries(agents).map(([id, agent]) => history(id, agent, [{ name: 'start' }]));
}

function pastOperation(id: string, { name, ...operation }: PastOperation, call: number): string {
  const { intervalMs = 0, returnCode = 0, atSecond = 1 } = operation;
  const key = '1:1:0:00000000-0000-0000-0000-000000000000';
  return `<lrm_rsc_op id="${id}_${returnCode === 0 ? 'last' : 'last_failure'}_0" operation_key="${id}_${name}_${intervalMs}" operation="${name}"
 interval="${intervalMs}" crm_feature_set="3.16.1" transition-key="${key}" transition-magic="0:${returnCode};${key}" call-id="${call}"
 rc-code="${returnCode}" op-status="0" last-rc-change="${atSecond}"/>`;
}

/** Every XML document of that name in a text that has others too. */
function documents(text: string, name: string): XmlElement[] {
  return [...text.matchAll(new RegExp(`<${name}[ >].*?</${name}>`, 'gs'))].map(([document]) => parseXml(document));
}

function jobsOf({ name, attributes }: XmlElement): Job[] {
  const { op = '', task = '', id = '', resource = '', node = '', target = '', interval = '0' } = attributes;
  if (name === 'fencing_action') return [{ kind: 'fence', resource: '', node: target, intervalMs: 0 }];
  if (name === 'cluster_action') return [{ kind: task, resource: id, node, intervalMs: 0 }];
  return name === 'rsc_action' ? [{ kind: op, resource: original(resource), node, intervalMs: Number(interval) }] : [];
}

function copiesOf({ name, attributes, children }: XmlElement): Copy[] {
  if (name !== 'resource' || attributes.active !== 'true') return [];
  const isPromoted = /^(Promoted|Master)$/.test(attributes.role ?? '');
  return children
    .filter((each) => each.name === 'node')
    .map((node) => ({ resource: original(attributes.id ?? ''), node: node.attributes.name ?? '', isPromoted }));
}

/** A synapse of the plan: what is done, and what it waits for (lib/pacemaker/pcmk_graph_producer.c). */
function shotsOf(synapse: XmlElement): Shot[] {
  const triggers = child(synapse, 'inputs')?.children ?? [];
  const after = triggers.flatMap(({ children }) => children).flatMap(targetOf);
  return (child(synapse, 'action_set')?.children ?? []).flatMap((action) =>
    targetOf(action).map((node) => {
      const delay = child(action, 'attributes')?.attributes.CRM_meta_priority_fencing_delay;
      return { node, after, delaySeconds: delay === undefined ? undefined : Number(delay) };
    }),
  );
}

function targetOf({ attributes }: XmlElement): string[] {
  return attributes.operation === 'stonith' ? [attributes.on_node ?? ''] : [];
}

/** Copies of a clone have a number behind their name. */
function original(resource: string): string {
  return resource.replace(/:\d+$/, '');
}
