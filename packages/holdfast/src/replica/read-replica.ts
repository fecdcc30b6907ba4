import { HoldfastError } from '../core/index.ts';
import {
  type DrbdReport,
  type DrbdStatus,
  drbdStatusCommand,
  type Kinship,
  readDrbdReport,
  relationOf,
} from '../engines/drbd/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { drbdResource } from '../patterns/index.ts';
import { type DrbdState, patience, type Site } from '../site/index.ts';

/** What DRBD says at each end of a site's state, now. Serialisable. */
export interface ReplicaView {
  readonly site: string;
  readonly ends: readonly [EndView, EndView];
  /** How the data of the first are related to those of the second; null: one of them does not tell. */
  readonly relation: Kinship | null;
}

export interface EndView {
  readonly node: string;
  /** The device below DRBD. */
  readonly disk: string;
  /** Null: it could not be asked, or said nothing that is understood. */
  readonly report: DrbdReport | null;
  /** Why there is no report. */
  readonly why?: string;
  /** Nothing answers there. A machine that answers may still serve, whatever it cannot say. */
  readonly isSilent?: true;
}

/** A site with a replicated state, and DRBD's names in it. */
export interface ReplicatedSite {
  readonly site: Site;
  readonly state: DrbdState;
  readonly resource: string;
  readonly minor: number;
}

/** Throws HF-STATE-NOT-REPLICATED for a site whose nodes see one device. */
export function replicatedSite(site: Site): ReplicatedSite {
  const resource = drbdResource(site);
  if (resource !== undefined && site.state.type === 'drbd') {
    return { site, state: site.state, resource: resource.name, minor: resource.minor };
  }
  throw new HoldfastError({
    code: 'HF-STATE-NOT-REPLICATED',
    message: `The state of ${site.name} is one device that both nodes see (${site.state.device}): there are no two copies to compare.`,
    remedy: 'See `holdfast status <site>`.',
    source: 'user',
  });
}

/** Asks both nodes at once. A node that cannot be reached is part of the answer. Throws the signal's reason. */
export async function readReplica(
  { site, state, resource, minor }: ReplicatedSite,
  hosts: Pick<Hosts, 'get'>,
  signal?: AbortSignal,
): Promise<ReplicaView> {
  const ask = async (index: 0 | 1): Promise<EndView> => {
    const end = { node: site.nodes[index].name, disk: state.disks[index] };
    try {
      const options = { timeoutMs: 15_000 * patience(site), ...(signal === undefined ? {} : { signal }) };
      const { stdout } = await hosts.get(end.node).run(drbdStatusCommand(resource, minor), options);
      const report = readDrbdReport(stdout);
      return report === null
        ? { ...end, report, why: `it said nothing about DRBD (${stdout.slice(0, 60)})` }
        : { ...end, report };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof HoldfastError)) throw error;
      const silent = error.code === 'HF-HOST-UNREACHABLE' ? ({ isSilent: true } as const) : {};
      return { ...end, report: null, why: error.message, ...silent };
    }
  };
  const ends = await Promise.all([ask(0), ask(1)]);
  return { site: site.name, ends, relation: relationOf(ends[0].report, ends[1].report) ?? null };
}

export function statusOf({ report }: EndView): DrbdStatus | undefined {
  return report?.kind === 'up' ? report.status : undefined;
}
