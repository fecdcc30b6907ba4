import { HoldfastError } from '../../core/index.ts';
import type { Cib } from './cib.ts';
import { fenceConstraintPrefix } from './fence-constraint.ts';
import { parseXml } from './parse-xml.ts';
import { cibConfiguration } from './write-cib.ts';
import { child, element, serializeXml, type XmlElement } from './xml.ts';

/**
 * The whole CIB that shall be: the live one with properties, resources, constraints and defaults replaced by ours. Kept are
 * what Pacemaker writes itself (nodes with their attributes, the automatic options, the status), what an operator has switched
 * on for the moment (maintenance mode), DRBD's word that a node's data are stale, and ACLs and other alerts, which do not decide
 * where anything runs.
 *
 * `liveCib` is what `cibadmin --query` printed; undefined before the cluster first runs: then `members` become its nodes, with
 * the ids of corosync.conf. Throws HF-XML-MALFORMED, HF-XML-CHARACTER, HF-CIB-UNREADABLE.
 */
export function proposeCib(liveCib: string | undefined, cib: Cib, members: readonly string[]): string {
  return serializeXml(liveCib === undefined ? firstCib(cib, members) : replaceOurs(parseXml(liveCib), cib));
}

/** What Pacemaker, not the administrator, writes among the options (daemons/controld, lib/common/options.c; tools/crm_resource.c). */
const keptOptions: ReadonlySet<string> = new Set([
  'dc-version',
  'cluster-infrastructure',
  'cluster-name',
  'have-watchdog',
  'last-lrm-refresh',
  'maintenance-mode',
  'holdfast-maintenance-since',
]);

function replaceOurs(live: XmlElement, cib: Cib): XmlElement {
  const configuration = live.name === 'cib' ? child(live, 'configuration') : undefined;
  if (configuration === undefined) {
    throw new HoldfastError({
      code: 'HF-CIB-UNREADABLE',
      message: `What the cluster gave is a <${live.name}> without a <configuration>, not a CIB.`,
      remedy: 'Check `cibadmin --query` on a node.',
      source: 'site',
    });
  }
  const ours = cibConfiguration(cib);
  const automatic = automaticOptions(child(configuration, 'crm_config'));
  const sections = ours.children.map((section) => {
    if (section.name === 'nodes') return child(configuration, 'nodes') ?? section;
    if (section.name === 'constraints')
      return { ...section, children: [...section.children, ...staleReplicas(configuration, cib)] };
    if (section.name === 'crm_config') return { ...section, children: [...section.children, ...automatic] };
    return section;
  });
  const acls = configuration.children.filter((section) => section.name === 'acls');
  const others = otherAlerts(child(configuration, 'alerts'), cib);
  const withAlerts = ours.children.some((section) => section.name === 'alerts') || others.length === 0;
  const proposed = {
    ...configuration,
    children: [
      ...sections.map((section) =>
        section.name === 'alerts' ? { ...section, children: [...section.children, ...others] } : section,
      ),
      ...(withAlerts ? [] : [element('alerts', {}, others)]),
      ...acls,
    ],
  };
  return { ...live, children: live.children.map((each) => (each === configuration ? proposed : each)) };
}

/**
 * While a node's data are stale, DRBD's fence handler forbids it to be promoted by a constraint of this name (agents/fence-peer).
 * Taking it away would let the cluster serve old data.
 */
function staleReplicas(configuration: XmlElement, cib: Cib): XmlElement[] {
  const clones = cib.resources.flatMap((each) => (each.kind === 'clone' ? [each.id] : []));
  return (child(configuration, 'constraints')?.children ?? []).filter(
    ({ attributes }) => attributes.id?.startsWith(fenceConstraintPrefix) && clones.includes(attributes.rsc ?? ''),
  );
}

/** The alerts that somebody else configured: those whose program is not one of ours. */
function otherAlerts(alerts: XmlElement | undefined, cib: Cib): XmlElement[] {
  const ours = new Set(cib.alerts.map(({ id }) => id));
  return (alerts?.children ?? []).filter(
    ({ attributes }) => !ours.has(attributes.id ?? '') && !attributes.path?.startsWith('/usr/lib/holdfast/'),
  );
}

/** Pacemaker's own option set, without what somebody else put there. */
function automaticOptions(options: XmlElement | undefined): XmlElement[] {
  const set = options?.children.find((each) => each.attributes.id === 'cib-bootstrap-options');
  if (set === undefined) return [];
  return [{ ...set, children: set.children.filter(({ attributes }) => isKept(attributes)) }];
}

function isKept({ name = '', value = '' }: XmlElement['attributes']): boolean {
  // Off is what holds without it, and there it would overrule the maintenance of a restart: this set counts before all others.
  if (name === 'maintenance-mode') return !/^(?:false|off|no|n|0)$/i.test(value);
  return keptOptions.has(name);
}

/**
 * The feature set is that of Pacemaker 2.1.5: without one, the scheduler takes the CIB for one of Pacemaker 1. The schema is the
 * oldest with the roles Promoted and Unpromoted (xml/constraints-3.7.rng); 2.1.0 and 3.0 know it.
 */
function firstCib(cib: Cib, members: readonly string[]): XmlElement {
  const nodes = members.map((uname, index) => element('node', { id: String(index + 1), uname }));
  const sections = cibConfiguration(cib).children.map((section) =>
    section.name === 'nodes' ? element('nodes', {}, nodes) : section,
  );
  return element(
    'cib',
    { crm_feature_set: '3.16.1', 'validate-with': 'pacemaker-3.7', admin_epoch: '0', epoch: '1', num_updates: '0' },
    [element('configuration', {}, sections), element('status', {})],
  );
}
