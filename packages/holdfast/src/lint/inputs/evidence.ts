import { locateInSite, type Site } from '../../site/index.ts';
import type { Place } from '../finding.ts';
import type { CibView } from './cib-view.ts';
import type { CorosyncView } from './corosync-view.ts';
import type { DrbdResource } from './drbd-view.ts';
import type { HostReport } from './host-report.ts';
import type { SbdView } from './sbd-view.ts';

/** Everything that is judged together. */
export interface Evidence {
  readonly cib?: CibView;
  /** The texts that differ; copies are left out. */
  readonly corosync: readonly CorosyncView[];
  /** Of the first machine that has any. */
  readonly drbd: readonly DrbdResource[];
  readonly sbd: readonly SbdView[];
  /** Machines that were asked. */
  readonly hosts: readonly HostReport[];
  readonly site?: SiteFile;
  /** Files that shall be the same on every machine, and are not: the first, and one that differs from it. */
  readonly differences: readonly Difference[];
}

export interface SiteFile {
  readonly site: Site;
  readonly file: string;
  /** Only looked at to say in which line something stands. */
  readonly text?: string;
}

/** The place of the value at that path of the site file, such as `['workloads', 0, 'unit']`. */
export function placeInSite({ file, text }: SiteFile, path: readonly (string | number)[]): Place {
  return text === undefined ? { file } : locateInSite(text, file, path);
}

export interface Difference {
  readonly first: string;
  readonly other: string;
  /** There is no such file as `other`. */
  readonly missing: boolean;
}

/** The names of the full members of the cluster, from the best source at hand. */
export function memberNames({ cib, corosync, site }: Evidence): readonly string[] {
  const nodes = (cib?.nodes ?? []).filter(({ remote }) => !remote).map(({ name }) => name);
  if (nodes.length > 0) return nodes;
  const listed = (corosync[0]?.nodes ?? []).map(({ name }) => name);
  if (listed.length > 0 || site === undefined) return listed;
  const { nodes: siteNodes, witness } = site.site;
  return [...siteNodes, ...(witness?.kind === 'member' ? [witness] : [])].map(({ name }) => name);
}

/** Whether a quorum device gives a vote; undefined where nothing given says so. */
export function hasQuorumDevice({ corosync, site }: Evidence): boolean | undefined {
  if (site?.site.witness?.kind === 'qnetd') return true;
  return corosync.length === 0 ? undefined : corosync.some(({ device }) => device !== undefined);
}
