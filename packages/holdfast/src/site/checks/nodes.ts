import { type Draft, memberPaths, nameAt } from '../draft.ts';
import type { Finding } from '../finding.ts';

const mostLinks = 8;

/** How many nodes and links there are. */
export function checkNodes(draft: Draft): readonly Finding[] {
  return [...nodeCount(draft), ...linkCounts(draft), ...noWorkload(draft)];
}

function nodeCount(draft: Draft): Finding[] {
  if (!draft.has(['nodes'])) return [];
  const nodes = draft.entries(['nodes']);
  const path = ['nodes'];
  if (nodes.length < 2) {
    return [
      {
        code: 'HF-SITE-TOO-FEW-NODES',
        path,
        onKey: true,
        message: `The site has ${nodes.length === 0 ? 'no node' : 'one node'}: when it dies, nothing can take over.`,
        remedy: 'Name two nodes.',
      },
    ];
  }
  if (nodes.length === 2) return [];
  return [
    {
      code: 'HF-SITE-TOO-MANY-NODES',
      path: nodes[2] ?? path,
      message: `The site has ${nodes.length} nodes; the pattern active-passive takes two.`,
      remedy: 'Keep two nodes. A third machine can be the witness.',
    },
  ];
}

/** Whether some members have more links than others. */
export function linkCountsDiffer(draft: Draft): boolean {
  return linkCounts(draft).some((finding) => finding.code === 'HF-SITE-LINK-COUNTS-DIFFER');
}

function linkCounts(draft: Draft): Finding[] {
  const members = memberPaths(draft).filter((member) => draft.has([...member, 'links']));
  const [first] = members;
  if (first === undefined) return [];
  const expected = draft.entries([...first, 'links']).length;
  return members.flatMap((member): Finding[] => {
    const path = [...member, 'links'];
    const count = draft.entries(path).length;
    if (count === 0 || count > mostLinks) {
      return [
        {
          code: 'HF-SITE-LINK-COUNT',
          path,
          onKey: true,
          message: `${nameAt(draft, member)} has ${count === 0 ? 'no' : count} links; Corosync takes one to eight.`,
          remedy: 'List one address of this machine for each network between the members.',
        },
      ];
    }
    if (count === expected) return [];
    return [
      {
        code: 'HF-SITE-LINK-COUNTS-DIFFER',
        path,
        onKey: true,
        message: `${nameAt(draft, member)} has ${count} ${count === 1 ? 'link' : 'links'}, ${nameAt(draft, first)} has ${expected}.`,
        remedy: 'Give every member an address in each of the networks, in the same order.',
      },
    ];
  });
}

function noWorkload(draft: Draft): Finding[] {
  if (!draft.has(['workloads']) || draft.entries(['workloads']).length > 0) return [];
  return [
    {
      code: 'HF-SITE-NO-WORKLOAD',
      path: ['workloads'],
      onKey: true,
      message: 'The site has no workload: there is nothing to keep running.',
      remedy: 'Name at least one workload and its systemd unit.',
    },
  ];
}
