import type { LinkView, QuorumView } from './snapshot-types.ts';

/** Reads `corosync-quorumtool -s` (corosync, tools/corosync-quorumtool.c, `display_quorum_data`). Null: not that format. */
export function readQuorum(text: string): QuorumView | null {
  const field = (name: string) => new RegExp(`^${name}:\\s+(.*?)\\s*$`, 'm').exec(text)?.[1];
  const number = (name: string) => Number.parseInt(field(name) ?? '', 10);
  const quorate = field('Quorate');
  const view: QuorumView = {
    quorate: quorate === 'Yes',
    nodeId: number('Node ID'),
    expectedVotes: number('Expected votes'),
    totalVotes: number('Total votes'),
    quorum: number('Quorum'),
    flags: (field('Flags') ?? '').split(/\s+/).filter((flag) => flag !== ''),
  };
  const numbers = [view.nodeId, view.expectedVotes, view.totalVotes, view.quorum];
  if (quorate === undefined || numbers.some(Number.isNaN)) return null;
  return view.flags.includes('Qdevice') ? { ...view, qdeviceVotes: qdeviceVotes(text) } : view;
}

/** The quorum device is the member with node id 0 in the table below; it is listed with 0 votes when it casts none. */
function qdeviceVotes(text: string): number {
  return Number.parseInt(/^\s*0\s+(\d+)\s+.*Qdevice/m.exec(text)?.[1] ?? '0', 10);
}

/** Reads `nodelist.node.<n>.name` and `.nodeid` from corosync-cmapctl: node id to name. */
export function readNodeNames(text: string): ReadonlyMap<number, string> {
  const values = new Map<string, string>();
  for (const [, key, value] of text.matchAll(/^nodelist\.node\.(\S+) \(\w+\) = (.*)$/gm)) {
    if (key !== undefined && value !== undefined) values.set(key, value);
  }
  const names = new Map<number, string>();
  for (const [key, value] of values) {
    const index = /^(\d+)\.nodeid$/.exec(key)?.[1];
    const name = index === undefined ? undefined : values.get(`${index}.name`);
    if (name !== undefined) names.set(Number(value), name);
  }
  return names;
}

/**
 * Reads `corosync-cfgtool -s` (corosync, tools/corosync-cfgtool.c, `linkstatusget_do`): every link to every other member,
 * reachable or not. Null: not that format.
 */
export function readLinks(text: string, names: ReadonlyMap<number, string>): LinkView[] | null {
  const links: LinkView[] = [];
  let link: number | undefined;
  for (const line of text.split('\n')) {
    const heading = /^LINK ID (\d+)/.exec(line)?.[1];
    if (heading !== undefined) link = Number(heading);
    const [, nodeId, state] = /^\s+nodeid:\s*(\d+):\s+(localhost|connected|disconnected)/.exec(line) ?? [];
    if (link === undefined || nodeId === undefined || state === 'localhost') continue;
    links.push({ peer: names.get(Number(nodeId)) ?? `nodeid ${nodeId}`, link, connected: state === 'connected' });
  }
  return /^Local node ID/m.test(text) ? links : null;
}
