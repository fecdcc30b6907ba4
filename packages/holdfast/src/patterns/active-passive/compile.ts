import type { DrbdKernel } from '../../engines/drbd/index.ts';
import type { Site } from '../../site/index.ts';
import type { AgentTexts } from '../../workloads/index.ts';
import type { Blueprint } from '../blueprint.ts';
import { clusterConfiguration } from './cluster.ts';
import { hostSpecs } from './machines.ts';
import { clusterMembers } from './membership.ts';
import { replicaSpec } from './replica.ts';

/**
 * Everything that must be true on the machines of an active-passive site: one group of state, address and workloads that runs
 * on exactly one node, moves when that node dies, and never moves back by itself.
 * Pure. Throws HoldfastError for values that a file format cannot hold.
 *
 * @param kernels which DRBD each node's kernel has, where that is known; it decides the dialect of DRBD's files alone
 */
export function compile(site: Site, agents: AgentTexts, kernels: Readonly<Record<string, DrbdKernel>> = {}): Blueprint {
  const replica = replicaSpec(site);
  return {
    site: site.name,
    hosts: hostSpecs(site, agents, kernels),
    ...(replica === undefined ? {} : { replica }),
    cluster: {
      cib: clusterConfiguration(site),
      members: clusterMembers(site).map((member) => member.name),
      ...(site.witness?.kind === 'qnetd'
        ? { qnetd: { host: site.witness.name, clusterName: site.name, nodes: site.nodes.map((node) => node.name) } }
        : {}),
    },
  };
}
