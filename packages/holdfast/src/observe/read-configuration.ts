import {
  child,
  descendants,
  fenceConstraintPrefix,
  onlyPromotableOn,
  parseXml,
  type XmlElement,
} from '../engines/pacemaker/index.ts';
import { score } from './read-crm-mon.ts';
import type { ConfigurationView, LocationView } from './snapshot-types.ts';

/** Reads the `configuration` section of a CIB as `cibadmin --query` prints it. Throws what parseXml throws on broken XML. */
export function readConfiguration(text: string): ConfigurationView | null {
  const root = parseXml(text);
  if (root.name !== 'configuration') return null;
  const nodes = child(root, 'nodes')?.children ?? [];
  return {
    properties: nvpairs(child(root, 'crm_config')),
    nodeAttributes: Object.fromEntries(nodes.map((node) => [node.attributes.uname ?? '', nvpairs(node)])),
    locations: (child(root, 'constraints')?.children ?? []).flatMap(locationsOf),
    ...promotableOnly(child(root, 'constraints')?.children ?? []),
  };
}

/** Whom the fence handler leaves. */
function promotableOnly(constraints: readonly XmlElement[]): Pick<ConfigurationView, 'promotableOnly'> {
  const word = constraints.find(({ attributes }) => attributes.id?.startsWith(fenceConstraintPrefix));
  const id = word?.attributes.id;
  const node = word && onlyPromotableOn(word);
  return id === undefined || node === undefined ? {} : { promotableOnly: { id, node } };
}

function nvpairs(parent: XmlElement | undefined): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const { name, attributes } of parent ? descendants(parent) : []) {
    if (name === 'nvpair' && attributes.name !== undefined) pairs[attributes.name] = attributes.value ?? '';
  }
  return pairs;
}

/** A location constraint names its node in an attribute, or in rules as crm_resource writes them when it sets a lifetime. */
function locationsOf(constraint: XmlElement): LocationView[] {
  const { id = '', rsc = '', node, score: points } = constraint.attributes;
  if (constraint.name !== 'rsc_location') return [];
  if (node !== undefined) return [{ id, resource: rsc, node, score: score(points ?? '0') }];
  return constraint.children
    .filter((rule) => rule.name === 'rule')
    .flatMap((rule) => {
      const named = rule.children.find(
        ({ attributes }) => attributes.attribute === '#uname' && attributes.operation === 'eq',
      );
      const target = named?.attributes.value;
      if (target === undefined) return [];
      const endsAtMs = Date.parse(rule.children.find((each) => each.name === 'date_expression')?.attributes.end ?? '');
      const view = { id, resource: rsc, node: target, score: score(rule.attributes.score ?? '0') };
      return [Number.isNaN(endsAtMs) ? view : { ...view, endsAtMs }];
    });
}
