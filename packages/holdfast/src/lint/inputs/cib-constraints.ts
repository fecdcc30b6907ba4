import { descendants, type XmlElement } from '../../engines/pacemaker/index.ts';
import { infinity, score } from './pacemaker-values.ts';

export type Constraint = LocationConstraint | PairConstraint;

export interface LocationConstraint {
  readonly kind: 'location';
  readonly id: string;
  readonly element: XmlElement;
  /** Resources or tags; empty where the resource is given by a pattern. */
  readonly resources: readonly string[];
  /** Undefined where only a rule knows. */
  readonly node: string | undefined;
  readonly score: number | undefined;
  /** It ends by itself. */
  readonly temporary: boolean;
}

/** Order and colocation: every pair that it ties, also those of its sets. */
export interface PairConstraint {
  readonly kind: 'order' | 'colocation';
  readonly id: string;
  readonly element: XmlElement;
  /** Every resource or tag that is named. */
  readonly resources: readonly string[];
  readonly pairs: readonly Pair[];
  /** It must hold: an infinite score, or an order that is mandatory. */
  readonly firm: boolean;
  /** It keeps them apart. */
  readonly apart: boolean;
}

/** Of an order, `before` begins; of a colocation, `after` is placed with `before`. */
export interface Pair {
  readonly before: string;
  readonly beforeWhat: string | undefined;
  readonly after: string;
  readonly afterWhat: string | undefined;
}

export function readConstraints(
  section: XmlElement | undefined,
  byId: ReadonlyMap<string, XmlElement>,
): readonly Constraint[] {
  return (section?.children ?? []).flatMap((element): Constraint[] => {
    if (element.name === 'rsc_location') return readLocations(element, byId);
    if (element.name === 'rsc_order') return [readPairs('order', element, byId)];
    return element.name === 'rsc_colocation' ? [readPairs('colocation', element, byId)] : [];
  });
}

function readLocations(element: XmlElement, byId: ReadonlyMap<string, XmlElement>): LocationConstraint[] {
  const { id = '', rsc, node } = element.attributes;
  const resources = rsc === undefined ? namesOf(setsOf(element, byId)) : [rsc];
  const temporary = [...descendants(element)].some(({ name }) => name === 'date_expression' || name === 'lifetime');
  const common = { kind: 'location', id, element, resources, temporary } as const;
  if (node !== undefined) return [{ ...common, node, score: score(element.attributes.score ?? '0') }];
  const rules = element.children
    .filter(({ name }) => name === 'rule')
    .map((rule) => byId.get(rule.attributes['id-ref'] ?? '') ?? rule);
  return rules.map((rule) => ({ ...common, node: onlyNode(rule), score: score(rule.attributes.score ?? '0') }));
}

/** The node of a rule that names one, and at most a date besides. */
function onlyNode(rule: XmlElement): string | undefined {
  const [first, ...others] = rule.children.filter(({ name }) => name !== 'date_expression');
  const { attribute, operation, value } = first?.attributes ?? {};
  return others.length === 0 && attribute === '#uname' && operation === 'eq' ? value : undefined;
}

function readPairs(
  kind: PairConstraint['kind'],
  element: XmlElement,
  byId: ReadonlyMap<string, XmlElement>,
): PairConstraint {
  const { attributes } = element;
  const sets = setsOf(element, byId);
  const single =
    kind === 'order'
      ? {
          before: attributes.first,
          beforeWhat: attributes['first-action'],
          after: attributes.then,
          afterWhat: attributes['then-action'],
        }
      : {
          before: attributes['with-rsc'],
          beforeWhat: attributes['with-rsc-role'],
          after: attributes.rsc,
          afterWhat: attributes['rsc-role'],
        };
  const { before, after } = single;
  const pairs = before === undefined || after === undefined ? pairsOfSets(kind, sets) : [{ ...single, before, after }];
  const points = score(attributes.score ?? (kind === 'order' ? 'INFINITY' : '0')) ?? infinity;
  const mandatory = attributes.kind === undefined ? points > 0 : attributes.kind.toLowerCase() === 'mandatory';
  return {
    kind,
    id: attributes.id ?? '',
    element,
    resources: [...new Set([before, after, ...namesOf(sets)].filter((name) => name !== undefined))],
    pairs,
    firm: kind === 'order' ? mandatory : points >= infinity,
    apart: kind === 'colocation' && points < 0,
  };
}

/** Sets come in the order of starting; of a colocation too, since a set is placed with the one before it. */
function pairsOfSets(kind: PairConstraint['kind'], sets: readonly XmlElement[]): Pair[] {
  const steps = sets.flatMap((set) => {
    const what = set.attributes[kind === 'order' ? 'action' : 'role'];
    const sequential = set.attributes.sequential !== 'false';
    const members = namesOf([set]).map((name) => ({ name, what }));
    return sequential ? members.map((member) => [member]) : [members];
  });
  return steps.slice(1).flatMap((step, index) =>
    (steps[index] ?? []).flatMap((before) =>
      step.map((after) => ({
        before: before.name,
        beforeWhat: before.what,
        after: after.name,
        afterWhat: after.what,
      })),
    ),
  );
}

function setsOf(element: XmlElement, byId: ReadonlyMap<string, XmlElement>): XmlElement[] {
  return element.children
    .filter(({ name }) => name === 'resource_set')
    .map((set) => byId.get(set.attributes['id-ref'] ?? '') ?? set);
}

function namesOf(sets: readonly XmlElement[]): string[] {
  return sets.flatMap(({ children }) =>
    children.filter(({ name }) => name === 'resource_ref').flatMap(({ attributes }) => attributes.id ?? []),
  );
}
