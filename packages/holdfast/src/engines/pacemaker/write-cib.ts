import type { Alert, Cib, Clone, Constraint, FencingLevel, Group, Operation, Primitive, Resource } from './cib.ts';
import { pacemakerDuration } from './duration.ts';
import { element, serializeXml, type XmlElement } from './xml.ts';

/** The id of the property set that holds our cluster options. Pacemaker's own stand in `cib-bootstrap-options`. */
export const propertySetId = 'holdfast-options';

/**
 * The `<configuration>` element with what Holdfast configures: properties, resources, constraints and defaults. Its `<nodes>`
 * is empty: Pacemaker fills it.
 *
 * Ids follow from the names alone, and the order of the model is kept, so equal models give equal texts.
 * Pacemaker 2.1 and 3.0 read the same names for all that stands here (`fencing-*` instead of `stonith-*` came with 3.0.2, which
 * still takes the old ones). Throws HF-XML-CHARACTER.
 */
export function writeCib(cib: Cib): string {
  return serializeXml(cibConfiguration(cib));
}

/** The same as an element, for putting it into a whole CIB. */
export function cibConfiguration(cib: Cib): XmlElement {
  return element('configuration', {}, [
    element('crm_config', {}, nameValueSet('cluster_property_set', propertySetId, cib.properties)),
    element('nodes', {}),
    element('resources', {}, cib.resources.map(resourceElement)),
    element('constraints', {}, cib.constraints.map(constraintElement)),
    ...(cib.fencingLevels.length === 0 ? [] : [element('fencing-topology', {}, cib.fencingLevels.map(levelElement))]),
    element('rsc_defaults', {}, nameValueSet('meta_attributes', 'resource-defaults', cib.resourceDefaults)),
    element('op_defaults', {}, nameValueSet('meta_attributes', 'operation-defaults', cib.operationDefaults)),
    ...(cib.alerts.length === 0 ? [] : [element('alerts', {}, cib.alerts.map(alertElement))]),
  ]);
}

function resourceElement(resource: Resource): XmlElement {
  switch (resource.kind) {
    case 'primitive':
      return primitiveElement(resource);
    case 'group':
      return groupElement(resource);
    case 'clone':
      return cloneElement(resource);
  }
}

function groupElement({ id, meta, members }: Group): XmlElement {
  return element('group', { id }, [
    ...nameValueSet('meta_attributes', `${id}-meta`, meta),
    ...members.map(primitiveElement),
  ]);
}

function cloneElement({ id, promotable, meta, member }: Clone): XmlElement {
  const options = promotable ? { promotable: 'true', ...meta } : meta;
  return element('clone', { id }, [
    ...nameValueSet('meta_attributes', `${id}-meta`, options),
    member.kind === 'group' ? groupElement(member) : primitiveElement(member),
  ]);
}

function primitiveElement(primitive: Primitive): XmlElement {
  const { id, provider, type } = primitive;
  const operations = primitive.operations.map((operation) => operationElement(id, operation));
  return element('primitive', { id, class: primitive.class, ...(provider === undefined ? {} : { provider }), type }, [
    ...nameValueSet('meta_attributes', `${id}-meta`, primitive.meta),
    ...nameValueSet('instance_attributes', `${id}-parameters`, primitive.attributes),
    ...(operations.length === 0 ? [] : [element('operations', {}, operations)]),
  ]);
}

function operationElement(resource: string, operation: Operation): XmlElement {
  const interval = pacemakerDuration(operation.intervalMs);
  const id = `${resource}-${operation.name}-${interval}`;
  const depth = operation.checkLevel === undefined ? {} : { OCF_CHECK_LEVEL: String(operation.checkLevel) };
  return element(
    'op',
    {
      id,
      name: operation.name,
      interval,
      timeout: pacemakerDuration(operation.timeoutMs),
      ...(operation.role === undefined ? {} : { role: operation.role }),
      ...(operation.onFail === undefined ? {} : { 'on-fail': operation.onFail }),
    },
    nameValueSet('instance_attributes', `${id}-parameters`, depth),
  );
}

function constraintElement(constraint: Constraint): XmlElement {
  const { id } = constraint;
  switch (constraint.kind) {
    case 'location':
      return element('rsc_location', {
        id,
        rsc: constraint.resource,
        node: constraint.node,
        score: String(constraint.score),
        ...(constraint.discovery === undefined ? {} : { 'resource-discovery': constraint.discovery }),
      });
    case 'location-rule':
      return element('rsc_location', { id, rsc: constraint.resource }, [
        element('rule', { id: `${id}-rule`, 'score-attribute': constraint.scoreAttribute }, [
          element('expression', {
            id: `${id}-expression`,
            attribute: constraint.scoreAttribute,
            operation: 'defined',
          }),
        ]),
      ]);
    case 'colocation':
      return element('rsc_colocation', {
        id,
        rsc: constraint.resource,
        'with-rsc': constraint.with,
        ...(constraint.withRole === undefined ? {} : { 'with-rsc-role': constraint.withRole }),
        score: String(constraint.score),
      });
    case 'order':
      return element('rsc_order', {
        id,
        first: constraint.first,
        'first-action': constraint.firstAction,
        // biome-ignore lint/suspicious/noThenProperty: an attribute of Pacemaker's; nothing awaits it.
        then: constraint.next,
        // Without it the action is that of the first: a promotion.
        'then-action': 'start',
        kind: 'Mandatory',
      });
  }
}

function levelElement({ id, target, index, devices, onlyCounted = [] }: FencingLevel): XmlElement {
  return element('fencing-level', {
    id,
    target,
    index: String(index),
    devices: [...devices, ...onlyCounted].join(','),
  });
}

function alertElement({ id, path, on, timeoutMs, attributes }: Alert): XmlElement {
  return element('alert', { id, path }, [
    element('select', {}, [element(`select_${on}`, {})]),
    ...nameValueSet('meta_attributes', `${id}-meta`, { timeout: pacemakerDuration(timeoutMs) }),
    ...nameValueSet('instance_attributes', `${id}-parameters`, attributes),
  ]);
}

/** No set at all for no values: an empty one is noise in every difference. */
function nameValueSet(name: string, id: string, values: Readonly<Record<string, string>>): XmlElement[] {
  const pairs = Object.entries(values);
  if (pairs.length === 0) return [];
  return [
    element(
      name,
      { id },
      pairs.map(([key, value]) => element('nvpair', { id: `${id}-${key}`, name: key, value })),
    ),
  ];
}
