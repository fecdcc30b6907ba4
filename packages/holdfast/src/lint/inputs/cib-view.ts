import { child, descendants, parseXmlFile, type XmlElement } from '../../engines/pacemaker/index.ts';
import type { Place } from '../finding.ts';
import { type Constraint, readConstraints } from './cib-constraints.ts';
import { milliseconds, truth } from './pacemaker-values.ts';
import { ancestorsOf, readSettings, type Setting, type Settings } from './settings.ts';

/**
 * What Pacemaker takes from a CIB, with templates, references and defaults resolved. Tolerant: what is missing, unknown or of
 * another release is passed over.
 */
export interface CibView {
  readonly file: string;
  readonly root: XmlElement;
  readonly properties: Settings;
  readonly resourceDefaults: Settings;
  readonly operationDefaults: Settings;
  /** Empty before the cluster first ran. */
  readonly nodes: readonly CibNode[];
  /** Every primitive, in document order, also those of groups, clones and bundles. */
  readonly primitives: readonly Primitive[];
  /** Groups, clones and bundles. */
  readonly containers: readonly Container[];
  readonly constraints: readonly Constraint[];
  /** The devices of each level of fencing. */
  readonly levels: readonly FencingLevel[];
  /** Every id of a resource, a template or a tag, which a constraint may name. */
  readonly names: ReadonlySet<string>;
  place(element: XmlElement): Place;
  /** The last operation but a stop of a resource on each node, as the status section knows it. */
  history(resource: string): readonly PastOperation[];
}

export interface PastOperation {
  readonly node: string;
  readonly operation: string;
  readonly returnCode: number;
  readonly element: XmlElement;
}

export interface CibNode {
  readonly name: string;
  readonly element: XmlElement;
  readonly remote: boolean;
  readonly attributes: Settings;
}

export interface Container {
  readonly kind: 'group' | 'clone' | 'bundle';
  readonly id: string;
  readonly element: XmlElement;
  readonly meta: Settings;
  /** Primitives at any depth. */
  readonly members: readonly string[];
}

export interface Primitive {
  readonly id: string;
  readonly element: XmlElement;
  readonly class: string;
  readonly provider: string;
  readonly type: string;
  /** `ocf:heartbeat:Filesystem` */
  readonly agent: string;
  readonly parameters: Settings;
  /** The nearest first: the group, then the clone or bundle. */
  readonly containers: readonly Container[];
  /** The outermost of them, or the primitive itself. */
  readonly top: string;
  readonly operations: readonly Operation[];
  /** A meta attribute as it holds: its own, its container's, or the default. */
  meta(name: string): Setting | undefined;
}

export interface Operation {
  readonly name: string;
  readonly element: XmlElement;
  readonly intervalMs: number;
  /** `Master` and `Promoted` are one. */
  readonly role: 'promoted' | 'other';
  readonly enabled: boolean;
  readonly timeoutMs: number | undefined;
  readonly onFail: string | undefined;
  readonly parameters: Settings;
}

export interface FencingLevel {
  readonly element: XmlElement;
  /** Absent where the level is for nodes by pattern or attribute. */
  readonly target: string | undefined;
  readonly devices: readonly string[];
}

/** Throws HF-XML-MALFORMED. A `<configuration>` alone is taken, as `cibadmin --query --scope configuration` prints it. */
export function readCib(text: string, file: string): CibView {
  const { root, locationOf } = parseXmlFile(text, file);
  const parents = ancestorsOf(root);
  const configuration = root.name === 'configuration' ? root : (child(root, 'configuration') ?? root);
  // Not of the whole CIB: in the status, ids are names of resources and nodes again.
  const byId = new Map(
    [...descendants(configuration)].flatMap((each) => (each.attributes.id ? [[each.attributes.id, each]] : [])),
  );
  const settings = (parent: XmlElement | undefined, ...names: string[]) => readSettings(parent, names, byId);
  const resources = child(configuration, 'resources');
  const resourceDefaults = settings(child(configuration, 'rsc_defaults'), 'meta_attributes');
  const operationDefaults = settings(child(configuration, 'op_defaults'), 'meta_attributes');
  const containers = new Map<XmlElement, Container>();
  for (const element of resources ? descendants(resources) : []) {
    const kind = containerKinds.get(element.name);
    if (kind !== undefined) containers.set(element, readContainer(kind, element, settings));
  }

  function readPrimitive(element: XmlElement): Primitive {
    const { id = '' } = element.attributes;
    const template = byId.get(element.attributes.template ?? '');
    const { class: agentClass = '', provider = '', type = '' } = { ...template?.attributes, ...element.attributes };
    const chain = parents(element).flatMap((each) => containers.get(each) ?? []);
    const own = settings(element, 'meta_attributes');
    const fallbacks = [own, settings(template, 'meta_attributes'), ...chain.map(({ meta }) => meta), resourceDefaults];
    return {
      id,
      element,
      class: agentClass,
      provider,
      type,
      agent: [agentClass, provider, type].filter((part) => part !== '').join(':'),
      parameters: new Map([...settings(template, 'instance_attributes'), ...settings(element, 'instance_attributes')]),
      containers: chain,
      top: chain.at(-1)?.id ?? id,
      operations: [...readOperations(element), ...readOperations(template)],
      meta: (name) => fallbacks.map((each) => each.get(name)).find((each) => each !== undefined),
    };
  }

  function readOperations(owner: XmlElement | undefined): Operation[] {
    const section = owner && child(owner, 'operations');
    const referred = section && byId.get(section.attributes['id-ref'] ?? '');
    return ((referred ?? section)?.children ?? [])
      .map((each) => byId.get(each.attributes['id-ref'] ?? '') ?? each)
      .filter(({ name }) => name === 'op')
      .map((element) => readOperation(element, operationDefaults, settings));
  }

  const primitives = resources
    ? [...descendants(resources)].filter(({ name }) => name === 'primitive').map(readPrimitive)
    : [];
  return {
    file,
    root,
    properties: settings(child(configuration, 'crm_config'), 'cluster_property_set'),
    resourceDefaults,
    operationDefaults,
    nodes: readNodes(child(configuration, 'nodes'), settings),
    primitives,
    containers: [...containers.values()],
    constraints: readConstraints(child(configuration, 'constraints'), byId),
    levels: readLevels(child(configuration, 'fencing-topology')),
    names: new Set([
      ...[...(resources ? descendants(resources) : [])].flatMap(({ attributes }) => attributes.id ?? []),
      ...(child(configuration, 'tags')?.children ?? []).flatMap(({ attributes }) => attributes.id ?? []),
    ]),
    history: (resource) => readHistory(child(root, 'status'), resource),
    place(element) {
      const { line, column } = locationOf(element);
      const xmlPath = [...parents(element).toReversed(), element].map(step).join('');
      return { file, line, column, xmlPath };
    },
  };
}

type ReadSettings = (parent: XmlElement | undefined, ...names: string[]) => Settings;

/** `master` is how Pacemaker 1 wrote a promotable clone. */
const containerKinds: ReadonlyMap<string, Container['kind']> = new Map([
  ['group', 'group'],
  ['clone', 'clone'],
  ['master', 'clone'],
  ['bundle', 'bundle'],
]);

function readContainer(kind: Container['kind'], element: XmlElement, settings: ReadSettings): Container {
  const meta = settings(element, 'meta_attributes');
  const implied = element.name === 'master' && !meta.has('promotable');
  return {
    kind,
    id: element.attributes.id ?? '',
    element,
    meta: implied ? new Map([...meta, ['promotable', { value: 'true', element, conditional: false }]]) : meta,
    members: [...descendants(element)]
      .filter(({ name }) => name === 'primitive')
      .flatMap(({ attributes }) => attributes.id ?? []),
  };
}

function readOperation(element: XmlElement, defaults: Settings, settings: ReadSettings): Operation {
  const { name = '', interval = '0', role = '' } = element.attributes;
  const meta = settings(element, 'meta_attributes');
  const option = (key: string) => element.attributes[key] ?? meta.get(key)?.value ?? defaults.get(key)?.value;
  const timeout = option('timeout');
  return {
    name,
    element,
    intervalMs: milliseconds(interval) ?? 0,
    role: /^(promoted|master)$/i.test(role) ? 'promoted' : 'other',
    enabled: truth(option('enabled') ?? 'true') !== false,
    timeoutMs: timeout === undefined ? undefined : milliseconds(timeout),
    onFail: option('on-fail'),
    parameters: settings(element, 'instance_attributes'),
  };
}

function readNodes(nodes: XmlElement | undefined, settings: ReadSettings): CibNode[] {
  return (nodes?.children ?? [])
    .filter(({ name }) => name === 'node')
    .map((element) => ({
      name: element.attributes.uname ?? element.attributes.id ?? '',
      element,
      remote: element.attributes.type === 'remote',
      attributes: settings(element, 'instance_attributes'),
    }));
}

function readLevels(topology: XmlElement | undefined): FencingLevel[] {
  return (topology?.children ?? [])
    .filter(({ name }) => name === 'fencing-level')
    .map((element) => ({
      element,
      target: element.attributes.target,
      devices: (element.attributes.devices ?? '').split(',').filter((device) => device !== ''),
    }));
}

function step({ name, attributes: { id } }: XmlElement): string {
  return id === undefined ? `/${name}` : `/${name}[@id="${id}"]`;
}

function readHistory(status: XmlElement | undefined, resource: string): PastOperation[] {
  return (status?.children ?? []).flatMap((state) => {
    const entry = [...descendants(state)].find(
      ({ name, attributes }) => name === 'lrm_resource' && attributes.id === resource,
    );
    const [last] = (entry?.children ?? [])
      .filter(saysWhetherItWorks)
      .toSorted(
        (one, other) =>
          numberOf(other, 'last-rc-change') - numberOf(one, 'last-rc-change') ||
          numberOf(other, 'call-id') - numberOf(one, 'call-id'),
      );
    if (last === undefined) return [];
    const { operation = '', 'rc-code': code } = last.attributes;
    const node = state.attributes.uname || state.attributes.id || 'a node';
    return [{ node, operation, returnCode: Number(code), element: last }];
  });
}

/** A probe of what never ran there ends with 7, a stop follows every failed start, and what is under way (-1) has no end yet. */
function saysWhetherItWorks({ name, attributes }: XmlElement): boolean {
  const { operation = '', 'op-status': status, 'rc-code': code = '' } = attributes;
  const isDone = operation !== '' && operation !== 'stop' && status !== '-1';
  return name === 'lrm_rsc_op' && isDone && /^(?!7$)\d+$/.test(code);
}

/** 0 for what is none. */
function numberOf({ attributes }: XmlElement, name: string): number {
  const number = Number(attributes[name] ?? 0);
  return Number.isFinite(number) ? number : 0;
}
