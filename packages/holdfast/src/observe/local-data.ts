import { type DrbdReport, type Freshness, freshnessOf, generationsIn } from '../engines/drbd/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { inspectEnd, replicatedSite } from '../replica/index.ts';
import type { Site } from '../site/index.ts';
import type { Snapshot } from './snapshot-types.ts';

/** What is known of the data of a node while the other one cannot be asked. */
export interface LocalData {
  readonly freshness: Freshness;
  /** By DRBD's notes, before it went down; absent: they do not tell. */
  readonly wasActive?: boolean;
  /** As DRBD names it. */
  readonly generation?: string;
  /** The newest file in it, Unix milliseconds by that node's clock. */
  readonly newestFile?: { readonly path: string; readonly atMs: number };
  /** The constraint by which the other node, when it went on alone, forbade this one to serve; absent: there is none. */
  readonly forbiddenBy?: string;
  /** All of it in sentences. */
  readonly words: string;
}

/**
 * Asks the disk itself: DRBD's notes say whether it was up to date, whether this node served, and whether it went on without the
 * other one; the newest file says how old it is; the cluster's configuration on that node may say that the other one went on.
 * Changes nothing. Undefined where both nodes see one disk.
 */
export async function readLocalData(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  { machines }: Snapshot,
  name: string,
  signal?: AbortSignal,
): Promise<LocalData | undefined> {
  if (site.state.type !== 'drbd') return undefined;
  const index = site.nodes[0].name === name ? 0 : 1;
  const other = site.nodes[1 - index]?.name ?? '';
  const machine = machines.find((each) => each.name === name);
  const seen = machine?.reachable === true ? machine : undefined;
  const report = seen?.replica?.known === true ? seen.replica.value : undefined;
  const word = seen?.configuration.known === true ? seen.configuration.value.promotableOnly : undefined;
  const end = { node: name, disk: site.state.disks[index], report: report ?? null };
  const { newest } = await inspectEnd(replicatedSite(site), end, hosts, signal);
  return describeLocalData(report, name, other, newest[0], word?.node === other ? word.id : undefined);
}

/** Pure. */
export function describeLocalData(
  report: DrbdReport | undefined,
  name: string,
  other: string,
  newestFile: LocalData['newestFile'],
  forbiddenBy?: string,
): LocalData {
  const freshness = freshnessOf(report);
  const generation = generationsIn(report)?.current;
  const notes = report?.notes;
  const files =
    newestFile === undefined
      ? 'When a file was last written there could not be read.'
      : `Its newest file, ${newestFile.path}, is from ${new Date(newestFile.atMs).toISOString().slice(0, 19).replace('T', ' ')}Z.`;
  const was = notes === undefined ? '' : ` When it was last up, ${name} ${notes.wasPrimary ? 'served' : 'stood by'}.`;
  const forbidden =
    forbiddenBy === undefined
      ? ''
      : ` But ${other} went on without ${name} and forbade it to serve, by the constraint ${forbiddenBy}: its writes since are on ${other} alone.`;
  const named = generation === undefined ? '' : ` Generation ${generation}.`;
  return {
    freshness,
    ...(notes === undefined ? {} : { wasActive: notes.wasPrimary }),
    ...(generation === undefined ? {} : { generation }),
    ...(newestFile === undefined ? {} : { newestFile }),
    ...(forbiddenBy === undefined ? {} : { forbiddenBy }),
    words: `${sentences[freshness](name, other)}${forbidden}${was} ${files}${named}`,
  };
}

const sentences: Readonly<Record<Freshness, (name: string, other: string) => string>> = {
  'no-data': (name) => `The disk of ${name} holds no data.`,
  'half-copied': (name, other) => `The disk of ${name} is half copied: whole data are on ${other} alone.`,
  'out-of-date': (name, other) => `The disk of ${name} is out of date: ${other} went on writing without it.`,
  'newest-when-last-up': (name, other) =>
    `The disk of ${name} was the newest when it was last up: it went on after ${other} was dead or marked as stale. It is the newest still unless a person let ${other} serve alone since.`,
  'perhaps-newest': (name, other) =>
    `The disk of ${name} is whole and had every write when it last saw ${other}; whether ${other} went on alone after that, nothing on ${name} can tell.`,
  unknown: (name) => `DRBD does not say how the data on ${name} are.`,
};
