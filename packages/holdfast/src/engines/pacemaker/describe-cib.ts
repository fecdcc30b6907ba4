import type { XmlElement } from './xml.ts';

/** An element of a CIB with its ancestors, the nearest first. */
export interface PlacedElement {
  readonly element: XmlElement;
  readonly ancestors: readonly XmlElement[];
}

/** What an element of the configuration is, in the words of an administrator. */
export function describeElement(place: PlacedElement, value: 'with-value' | 'without-value'): string {
  const { element } = place;
  const { id = '', name = '' } = element.attributes;
  switch (element.name) {
    case 'primitive':
      return `${element.attributes.class === 'stonith' ? 'fencing device' : 'resource'} ${id} (${agentOf(element)})`;
    case 'group':
      return `group ${id} (${membersOf(element)})`;
    case 'clone':
      return `clone ${id} (${membersOf(element)})`;
    case 'op':
      return `${ownerOf(place)}: operation ${name}${value === 'with-value' ? operationDetail(element) : ''}`;
    case 'nvpair':
      return `${pairKind(place)} ${name}${value === 'with-value' ? ` = ${visibleValue(place, 'value')}` : ''}`;
    case 'rsc_location': {
      const { rsc, node, score } = element.attributes;
      const byAttribute = element.children.find((each) => each.name === 'rule')?.attributes['score-attribute'];
      if (byAttribute !== undefined) return `constraint ${id}: ${rsc} scores the attribute ${byAttribute}`;
      return rsc === undefined || node === undefined
        ? `constraint ${id}`
        : `constraint ${id}: ${rsc} on ${node} scores ${score}`;
    }
    case 'rsc_colocation': {
      const { rsc, score } = element.attributes;
      const role = element.attributes['with-rsc-role'];
      const where = `${element.attributes['with-rsc']}${role === undefined ? '' : ` (${role})`}`;
      return rsc === undefined ? `constraint ${id}` : `constraint ${id}: ${rsc} with ${where} scores ${score}`;
    }
    case 'rsc_order': {
      const { first, then } = element.attributes;
      return first === undefined || then === undefined
        ? `constraint ${id}`
        : `constraint ${id}: ${element.attributes['first-action'] ?? 'start'} ${first}, then ${element.attributes['then-action'] ?? 'start'} ${then}`;
    }
    case 'fencing-level': {
      const { target, index, devices = '' } = element.attributes;
      return `fencing of ${target ?? 'nodes by pattern'}, level ${index}: ${devices.replaceAll(',', ' and ')}`;
    }
    case 'alert':
      return `alert ${id} (${element.attributes.path ?? ''})`;
    case 'node':
      return `node ${element.attributes.uname ?? id}`;
    default:
      return /^rsc_/.test(element.name) ? `constraint ${id}` : `${element.name} ${id}`;
  }
}

/** The value of an attribute for showing: passwords, which other tools put into the CIB, stay hidden. */
export function visibleValue({ element }: PlacedElement, attribute: string): string {
  const value = element.attributes[attribute];
  if (value === undefined) return '(none)';
  const name = element.attributes.name ?? '';
  return attribute === 'value' && /passw(?!.*script)|secret|community/i.test(name) ? '(hidden)' : value;
}

function agentOf({ attributes }: XmlElement): string {
  return [attributes.class, attributes.provider, attributes.type].filter((part) => part !== undefined).join(':');
}

function membersOf({ children }: XmlElement): string {
  return children
    .filter((each) => each.name === 'primitive' || each.name === 'group')
    .map((each) => each.attributes.id)
    .join(', ');
}

function operationDetail({ attributes }: XmlElement): string {
  const { interval, timeout } = attributes;
  const onFail = attributes['on-fail'];
  return [
    interval === undefined || /^0[a-z]*$/.test(interval) ? '' : ` every ${interval}`,
    timeout === undefined ? '' : `, timeout ${timeout}`,
    onFail === undefined ? '' : `, on failure ${onFail}`,
  ].join('');
}

function ownerOf({ ancestors }: PlacedElement): string {
  return ancestors.find((each) => /^(primitive|group|clone|bundle|node)$/.test(each.name))?.attributes.id ?? '';
}

function pairKind(place: PlacedElement): string {
  const above = new Set(place.ancestors.map((each) => each.name));
  if (above.has('cluster_property_set')) return 'property';
  if (above.has('rsc_defaults')) return 'resource default';
  if (above.has('op_defaults')) return 'operation default';
  if (above.has('nodes')) return `node ${ownerOf(place)}: attribute`;
  return `${ownerOf(place)}: ${above.has('meta_attributes') ? 'meta' : 'parameter'}`;
}
