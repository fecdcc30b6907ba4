import { describeElement, type PlacedElement, visibleValue } from './describe-cib.ts';
import { parseXml } from './parse-xml.ts';
import { child, type XmlElement } from './xml.ts';

/** One difference between two configurations. `subject` says what differs, in words. */
export type CibChange =
  | { readonly kind: 'added' | 'removed'; readonly id: string; readonly subject: string }
  | {
      readonly kind: 'changed';
      readonly id: string;
      readonly subject: string;
      /** The XML attribute, `text`, `place` (another parent) or `order` (of a group's members). */
      readonly attribute: string;
      readonly before: string;
      readonly after: string;
    };

/**
 * The differences between the `<configuration>` of two whole CIBs, element by element by id: removed ones, then added and
 * changed ones in the order of the proposed CIB. Equal configurations give none. Passwords are not shown.
 * Throws HF-XML-MALFORMED.
 */
export function diffCib(liveCib: string, proposedCib: string): CibChange[] {
  const live = index(parseXml(liveCib));
  const proposed = index(parseXml(proposedCib));
  return [
    ...onlyIn(live, proposed).map((each): CibChange => ({ kind: 'removed', ...each })),
    ...onlyIn(proposed, live).map((each): CibChange => ({ kind: 'added', ...each })),
    ...[...proposed].flatMap(([id, after]) => {
      const before = live.get(id);
      return before === undefined ? [] : changesOf(id, before, after);
    }),
  ];
}

/** One line for a person: `changed property stonith-enabled: false → true`. */
export function describeCibChange(change: CibChange): string {
  if (change.kind !== 'changed') return `${change.kind} ${change.subject}`;
  const what = change.attribute === 'value' ? '' : ` ${change.attribute}`;
  return `changed ${change.subject}${what}: ${change.before} → ${change.after}`;
}

/** Elements whose `id` is that of another one. */
const references: ReadonlySet<string> = new Set(['obj_ref', 'resource_ref', 'role']);

function index(root: XmlElement): Map<string, PlacedElement> {
  const placed = new Map<string, PlacedElement>();
  const visit = (current: XmlElement, ancestors: readonly XmlElement[]): void => {
    const { id } = current.attributes;
    if (id !== undefined && !references.has(current.name)) placed.set(id, { element: current, ancestors });
    for (const each of current.children) visit(each, [current, ...ancestors]);
  };
  const configuration = root.name === 'configuration' ? root : child(root, 'configuration');
  if (configuration !== undefined) visit(configuration, []);
  return placed;
}

/** The topmost elements that the other lacks. A set of name-value pairs says nothing by itself: its pairs stand for it. */
function onlyIn(
  here: ReadonlyMap<string, PlacedElement>,
  there: ReadonlyMap<string, PlacedElement>,
): { id: string; subject: string }[] {
  return [...here].flatMap(([id, place]) => {
    if (there.has(id) || isSet(place.element)) return [];
    const owner = place.ancestors.find((each) => each.attributes.id !== undefined && !isSet(each));
    const reportedWithOwner = owner?.attributes.id !== undefined && !there.has(owner.attributes.id);
    return reportedWithOwner ? [] : [{ id, subject: describeElement(place, 'with-value') }];
  });
}

function isSet(each: XmlElement): boolean {
  return ['cluster_property_set', 'meta_attributes', 'instance_attributes', 'utilization'].includes(each.name);
}

function changesOf(id: string, before: PlacedElement, after: PlacedElement): CibChange[] {
  const subject = describeElement(after, 'without-value');
  const changed = (attribute: string, from: string, to: string): CibChange[] =>
    from === to ? [] : [{ kind: 'changed', id, subject, attribute, before: from, after: to }];
  const names = new Set([...Object.keys(before.element.attributes), ...Object.keys(after.element.attributes)]);
  return [
    ...changed('place', placeOf(before), placeOf(after)),
    ...[...names].flatMap((name) => {
      const from = before.element.attributes[name];
      const to = after.element.attributes[name];
      if (from === to) return [];
      const shown = changed(name, visibleValue(before, name), visibleValue(after, name));
      return shown.length > 0 ? shown : changed(name, '(hidden)', '(another, hidden)');
    }),
    ...changed('text', before.element.text ?? '', after.element.text ?? ''),
    ...(after.element.name === 'group' ? changed('order', order(before, after), order(after, before)) : []),
  ];
}

function placeOf({ ancestors }: PlacedElement): string {
  const parent = ancestors.find((each) => each.attributes.id !== undefined);
  return parent?.attributes.id ?? ancestors[0]?.name ?? '';
}

/** The members that both have, in the order they have here. */
function order({ element }: PlacedElement, other: PlacedElement): string {
  const shared = new Set(other.element.children.map((each) => each.attributes.id));
  return element.children
    .flatMap(({ name, attributes }) =>
      name === 'primitive' && attributes.id !== undefined && shared.has(attributes.id) ? [attributes.id] : [],
    )
    .join(', ');
}
