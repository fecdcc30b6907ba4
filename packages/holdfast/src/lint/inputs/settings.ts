import type { XmlElement } from '../../engines/pacemaker/index.ts';
import { score } from './pacemaker-values.ts';

/** A name with its value, and the element that gives it. */
export interface Setting {
  readonly value: string;
  readonly element: XmlElement;
  /** It holds only at some times, on some nodes or for some resources: a rule decides. */
  readonly conditional: boolean;
}

export type Settings = ReadonlyMap<string, Setting>;

/**
 * The name-value pairs of those sets below `parent`. Of several sets the one with the highest score wins, of equal ones the
 * first (lib/common/nvpair.c); one that always holds wins over one with a rule.
 */
export function readSettings(
  parent: XmlElement | undefined,
  setNames: readonly string[],
  byId: ReadonlyMap<string, XmlElement>,
): Settings {
  const sets = (parent?.children ?? [])
    .filter(({ name }) => setNames.includes(name))
    .map((set) => byId.get(set.attributes['id-ref'] ?? '') ?? set)
    .toSorted((one, other) => scoreOf(other) - scoreOf(one));
  const settings = new Map<string, Setting>();
  for (const set of sets) {
    const conditional = set.children.some(({ name }) => name === 'rule');
    for (const each of pairsOf(set)) {
      const pair = byId.get(each.attributes['id-ref'] ?? '') ?? each;
      const name = each.attributes.name ?? pair.attributes.name;
      const { value } = pair.attributes;
      if (name === undefined || value === undefined) continue;
      const known = settings.get(name);
      if (known === undefined || (known.conditional && !conditional)) {
        settings.set(name, { value, element: pair, conditional });
      }
    }
  }
  return settings;
}

/** Pacemaker 1 put an `<attributes>` between. */
function pairsOf(set: XmlElement): XmlElement[] {
  return set.children
    .flatMap((each) => (each.name === 'attributes' ? each.children : [each]))
    .filter(({ name }) => name === 'nvpair');
}

function scoreOf(set: XmlElement): number {
  return score(set.attributes.score ?? '0') ?? 0;
}

/** The way up from each element below `root`, the nearest first. */
export function ancestorsOf(root: XmlElement): (element: XmlElement) => readonly XmlElement[] {
  const parents = new Map<XmlElement, XmlElement>();
  const open = [root];
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    for (const each of element.children) {
      parents.set(each, element);
      open.push(each);
    }
  }
  return (element) => {
    const chain: XmlElement[] = [];
    for (let at = parents.get(element); at !== undefined; at = parents.get(at)) chain.push(at);
    return chain;
  };
}
