import type { XmlElement } from './xml.ts';

/**
 * How the id begins of the constraint by which a fence handler of DRBD, or a person in its place, says that one node alone may be
 * promoted (agents/fence-peer; drbd-utils, scripts/crm-fence-peer.sh, `id_prefix`).
 */
export const fenceConstraintPrefix = 'drbd-fence-by-handler-';

/** The node that such a constraint leaves: it forbids the promotion where the name is not this one. Undefined: it names none. */
export function onlyPromotableOn(constraint: XmlElement): string | undefined {
  const expressions = constraint.children.flatMap(({ children }) => children);
  return expressions.find(({ attributes }) => attributes.operation === 'ne')?.attributes.value;
}
