import { descendants } from '../../engines/pacemaker/index.ts';
import type { Rule } from '../finding.ts';
import {
  isCloned,
  isFencingDevice,
  isTrue,
  namesOfResource,
  overCib,
  pairConstraints,
} from '../inputs/cib-questions.ts';
import type { CibView } from '../inputs/cib-view.ts';
import { memberNames } from '../inputs/evidence.ts';
import { list } from '../inputs/pacemaker-values.ts';

const explained = 'Pacemaker Explained, chapter "Resource Constraints"';

/** What runs with what, and in which order. */
export const arrangementRules: readonly Rule[] = [
  {
    code: 'HF-LINT-CONSTRAINT-DANGLING',
    title: 'A constraint names a resource that does not exist',
    severity: 'error',
    danger:
      'Pacemaker refuses the configuration or, where it does not validate it, passes over the constraint: what it was to keep together or in order is not.',
    remedy: 'Correct the name, or remove the constraint.',
    source: explained,
    find: overCib(function* (cib) {
      for (const { id, element, resources } of cib.constraints) {
        const missing = resources.filter((name) => !cib.names.has(name.replace(/:\d+$/, '')));
        if (missing.length === 0) continue;
        yield { where: cib.place(element), why: `${id} names ${list(missing)}, which does not exist.` };
      }
    }),
  },
  {
    code: 'HF-LINT-CONSTRAINT-NODE',
    title: 'A constraint names a node that does not exist',
    severity: 'warning',
    danger:
      'Where the name was mistyped, a resource is not kept off the node where it must not run, or not where it should be.',
    remedy: 'Correct the name, or remove the constraint.',
    source: explained,
    find: overCib(function* (cib, evidence) {
      const remote = cib.primitives.flatMap((each) => [each.meta('remote-node')?.value ?? '', each.id]);
      const known = new Set([
        ...cib.nodes.flatMap(({ name, element }) => [name, element.attributes.id ?? '']),
        ...memberNames(evidence),
        ...remote,
      ]);
      // Bundles make guest nodes of their own, named after them.
      const bundles = cib.containers.filter(({ kind }) => kind === 'bundle').map(({ id }) => `${id}-`);
      if (memberNames(evidence).length === 0) return;
      for (const each of cib.constraints) {
        if (each.kind !== 'location' || each.node === undefined || known.has(each.node)) continue;
        const node = each.node;
        if (
          bundles.some((prefix) => node.startsWith(prefix)) ||
          [...known].some((name) => name.toLowerCase() === node.toLowerCase())
        )
          continue;
        yield {
          where: cib.place(each.element),
          why: `${each.id} names ${node}, and the nodes are ${list(memberNames(evidence))}.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-ID-TWICE',
    title: 'An id stands twice',
    severity: 'error',
    danger:
      'A resource in two groups, or any id used twice, cannot be told apart: Pacemaker refuses it, or takes either.',
    remedy: 'Give each element an id of its own; put a resource into one group and use constraints for the rest.',
    source: "Pacemaker's schema: ids are of type xs:ID",
    find: overCib(function* (cib) {
      const seen = new Set<string>();
      const configuration =
        cib.root.name === 'configuration' ? cib.root : cib.root.children.find(({ name }) => name === 'configuration');
      for (const element of configuration === undefined ? [] : descendants(configuration)) {
        const { id } = element.attributes;
        if (id === undefined || idsThatRefer.has(element.name)) continue;
        if (seen.has(id))
          yield { where: cib.place(element), why: `The id ${id} stands a second time, in <${element.name}>.` };
        seen.add(id);
      }
    }),
  },
  {
    code: 'HF-LINT-ORDER-WITHOUT-COLOCATION',
    title: 'An order without a colocation',
    severity: 'note',
    danger: 'The two start one after the other, but may run on different nodes.',
    remedy: 'Add a colocation, or put both into a group, where one needs the other on its node.',
    source: explained,
    find: overCib((cib) => onlyOne(cib, 'order', 'colocation', 'but nothing keeps them on one node')),
  },
  {
    code: 'HF-LINT-COLOCATION-WITHOUT-ORDER',
    title: 'A colocation without an order',
    severity: 'note',
    danger: 'They run on one node, but start at the same time: the one may look for the other in vain.',
    remedy: 'Add an order, or put both into a group, where one needs the other to run first.',
    source: explained,
    find: overCib((cib) => onlyOne(cib, 'colocation', 'order', 'but start at the same time')),
  },
  {
    code: 'HF-LINT-CLONE-NOT-INTERLEAVED',
    title: 'A clone waits for all copies of another',
    severity: 'warning',
    danger: 'Without interleave, one node that leaves or returns restarts the clone on every node.',
    remedy: 'Set interleave=true on the clone that comes second.',
    source: 'Pacemaker Explained, clone options, interleave (false by default)',
    find: overCib(function* (cib) {
      for (const { id, pairs } of pairConstraints(cib, 'order')) {
        for (const { before, after } of pairs) {
          const first = cib.containers.find((each) => each.id === before && each.kind === 'clone');
          const second = cib.containers.find((each) => each.id === after && each.kind === 'clone');
          if (first === undefined || second === undefined || isTrue(second.meta.get('interleave'), false)) continue;
          yield {
            where: cib.place(second.element),
            why: `${second.id} comes after ${first.id} (${id}) without interleave.`,
          };
        }
      }
    }),
  },
];

/** Elements whose id is that of another, or may be: a remote node has the name of its resource. */
const idsThatRefer: ReadonlySet<string> = new Set(['resource_ref', 'obj_ref', 'role', 'node']);

function* onlyOne(cib: CibView, kind: 'order' | 'colocation', other: 'order' | 'colocation', consequence: string) {
  const tied = pairConstraints(cib, other).flatMap(({ pairs }) => pairs);
  for (const { element, pairs, firm, apart, id } of pairConstraints(cib, kind)) {
    if (!firm || apart) continue;
    for (const { before, after } of pairs) {
      const [one, two] = [before, after].map((name) =>
        cib.primitives.find((each) => namesOfResource(each).includes(name)),
      );
      if (one === undefined || two === undefined || isFencingDevice(one) || isFencingDevice(two)) continue;
      if (one.top === two.top || isCloned(two)) continue;
      const [befores, afters] = [namesOfTop(cib, before), namesOfTop(cib, after)];
      const has = tied.some(
        (pair) =>
          (befores.includes(pair.before) && afters.includes(pair.after)) ||
          (befores.includes(pair.after) && afters.includes(pair.before)),
      );
      if (!has)
        yield {
          where: cib.place(element),
          why: `${after} comes ${kind === 'order' ? 'after' : 'with'} ${before} (${id}), ${consequence}.`,
        };
    }
  }
}

/** Every name under which another constraint may mean the same: that of the container, or of a member. */
function namesOfTop(cib: CibView, name: string): readonly string[] {
  return cib.primitives.filter((each) => namesOfResource(each).includes(name)).flatMap(namesOfResource);
}
