import type { DrbdKernel } from '../../engines/drbd/index.ts';
import type { PacemakerDialect } from '../../engines/pacemaker/index.ts';
import type { Site } from '../../site/index.ts';
import type { AgentTexts } from '../../workloads/index.ts';
import type { Blueprint } from '../blueprint.ts';
import { clusterConfiguration } from './cluster.ts';
import { hostSpecs } from './machines.ts';
import { clusterMembers } from './membership.ts';
import { replicaSpec } from './replica.ts';

/** What differs between the versions of the engines; where it is not known, Debian 12 is taken. */
export interface Dialects extends Partial<PacemakerDialect> {
  /** Which DRBD each node's kernel has, by name: the dialect of its files. */
  readonly kernels?: Readonly<Record<string, DrbdKernel>>;
}

/**
 * Everything that must be true on the machines of an active-passive site: one group of state, address and workloads that runs
 * on exactly one node, moves when that node dies, and never moves back by itself.
 * Pure. Throws HoldfastError for values that a file format cannot hold.
 *
 * @param dialects what is known of the engines on the machines
 */
export function compile(site: Site, agents: AgentTexts, dialects: Dialects = {}): Blueprint {
  const { kernels = {}, crashCounting = 'twice', watchdogWait = 'uncounted' } = dialects;
  const replica = replicaSpec(site);
  return {
    site: site.name,
    hosts: hostSpecs(site, agents, kernels),
    ...(replica === undefined ? {} : { replica }),
    cluster: {
      cib: clusterConfiguration(site, { crashCounting, watchdogWait }),
      crashCounting,
      members: clusterMembers(site).map((member) => member.name),
      ...(site.witness?.kind === 'qnetd'
        ? { qnetd: { host: site.witness.name, clusterName: site.name, nodes: site.nodes.map((node) => node.name) } }
        : {}),
    },
  };
}
