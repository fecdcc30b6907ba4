import { child, parseXml, type XmlElement } from '../engines/pacemaker/index.ts';
import type { ClusterResource, ClusterView, FailedOperation, FencingEvent, ResourceHistory } from './snapshot-types.ts';

/**
 * Reads `crm_mon --output-as=xml` (pacemaker, xml/api/crm_mon-2.25.rng and the files it names). Null: the document says that
 * crm_mon failed, or is not one of crm_mon. Throws what parseXml throws on broken XML.
 */
export function readCrmMon(text: string): ClusterView | null {
  const root = parseXml(text);
  const summary = child(root, 'summary');
  const nodes = child(root, 'nodes');
  const dc = summary && child(summary, 'current_dc');
  const options = summary && child(summary, 'cluster_options');
  if (child(root, 'status')?.attributes.code !== '0' || !nodes || !dc || !options) return null;
  return {
    dc: dc.attributes.present === 'true' ? (dc.attributes.name ?? null) : null,
    quorate: dc.attributes.with_quorum === 'true',
    fencingEnabled: options.attributes['stonith-enabled'] === 'true',
    maintenanceMode: options.attributes['maintenance-mode'] === 'true',
    nodes: nodes.children.map(({ attributes }) => ({
      name: attributes.name ?? '',
      online: attributes.online === 'true',
      standby: attributes.standby === 'true' || attributes.standby_onfail === 'true',
      maintenance: attributes.maintenance === 'true',
      pending: attributes.pending === 'true',
      unclean: attributes.unclean === 'true',
      shuttingDown: attributes.shutdown === 'true',
    })),
    nodeAttributes: attributesBelow(child(root, 'node_attributes')),
    resources: [...resourcesBelow(child(root, 'resources'))],
    history: [...historyBelow(child(root, 'node_history'))],
    failures: (child(root, 'failures')?.children ?? []).map(failedOperation),
    fencing: (child(root, 'fence_history')?.children ?? []).map(fencingEvent),
  };
}

function* resourcesBelow(parent: XmlElement | undefined, group?: string): Generator<ClusterResource> {
  for (const each of parent?.children ?? []) {
    if (each.name === 'resource') yield resource(each, group);
    else if (each.name === 'group') yield* resourcesBelow(each, each.attributes.id);
    else yield* resourcesBelow(each, group);
  }
}

function resource({ attributes, children }: XmlElement, group: string | undefined): ClusterResource {
  const targetRole = attributes.target_role;
  return {
    id: attributes.id ?? '',
    agent: attributes.resource_agent ?? '',
    ...(group === undefined ? {} : { group }),
    role: attributes.role ?? 'unknown',
    ...(targetRole === undefined || targetRole === 'Started' ? {} : { targetRole }),
    active: attributes.active === 'true',
    blocked: attributes.blocked === 'true',
    managed: attributes.managed === 'true',
    failed: attributes.failed === 'true',
    orphaned: attributes.orphaned === 'true',
    ...(attributes.pending === undefined ? {} : { pending: attributes.pending }),
    nodes: children.filter((each) => each.name === 'node').map((each) => each.attributes.name ?? ''),
  };
}

function attributesBelow(parent: XmlElement | undefined): ClusterView['nodeAttributes'] {
  return Object.fromEntries(
    (parent?.children ?? []).map((node) => [
      node.attributes.name ?? '',
      Object.fromEntries(node.children.map(({ attributes }) => [attributes.name ?? '', attributes.value ?? ''])),
    ]),
  );
}

/** The code of an operation that has not ended (PCMK_OCF_UNKNOWN in include/crm/common/results.h of pacemaker). */
const notYet = '193';

function* historyBelow(parent: XmlElement | undefined): Generator<ResourceHistory> {
  for (const node of parent?.children ?? []) {
    for (const each of node.children) {
      const monitors = each.children.filter(({ attributes }) => attributes.task === 'monitor' && attributes.interval);
      const last = monitors.at(-1)?.attributes.rc;
      const isKnown = last !== undefined && last !== notYet;
      yield {
        node: node.attributes.name ?? '',
        resource: each.attributes.id ?? '',
        failCount: score(each.attributes['fail-count'] ?? '0'),
        migrationThreshold: score(each.attributes['migration-threshold'] ?? 'INFINITY'),
        ...(isKnown ? { lastMonitorExitCode: Number(last) } : {}),
      };
    }
  }
}

/** The key of an operation is `<resource>_<task>_<interval>`; a resource may have `_` in its name, too. */
function failedOperation({ attributes }: XmlElement): FailedOperation {
  const [, resource = '', task = ''] = /^(.*)_([a-z-]+)_\d+$/.exec(attributes.op_key ?? attributes.id ?? '') ?? [];
  const { exitstatus = 'failed', exitreason = '' } = attributes;
  const words = exitreason === '' || exitreason === 'none' ? exitstatus : `${exitstatus}: ${exitreason}`;
  const { node = '', exitcode } = attributes;
  return { node, resource, task: attributes.task ?? task, exitCode: Number(exitcode), reason: words };
}

function fencingEvent({ attributes }: XmlElement): FencingEvent {
  const { status, completed } = attributes;
  const reason = attributes['exit-reason'] ?? attributes['extended-status'];
  return {
    status: status === 'success' || status === 'failed' ? status : 'pending',
    action: attributes.action ?? '',
    target: attributes.target ?? '',
    ...(completed === undefined ? {} : { completed }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Pacemaker's scores: 1000000 and more is INFINITY. */
export function score(text: string): number {
  if (text === 'INFINITY' || text === '+INFINITY') return Number.MAX_SAFE_INTEGER;
  if (text === '-INFINITY') return Number.MIN_SAFE_INTEGER;
  const value = Number(text);
  if (Number.isNaN(value)) return Number.MAX_SAFE_INTEGER;
  if (value >= 1_000_000) return Number.MAX_SAFE_INTEGER;
  return value <= -1_000_000 ? Number.MIN_SAFE_INTEGER : value;
}
