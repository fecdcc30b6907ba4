import type { Site } from '../../site/index.ts';
import type { AgentTexts } from '../../workloads/index.ts';
import type { Blueprint } from '../blueprint.ts';
import { clusterConfiguration } from './cluster.ts';
import { hostSpecs } from './machines.ts';
import { clusterMembers } from './membership.ts';

/**
 * Everything that must be true on the machines of an active-passive site: one group of state, address and workloads that runs
 * on exactly one node, moves when that node dies, and never moves back by itself.
 * Pure. Throws HoldfastError for values that a file format cannot hold.
 */
export function compile(site: Site, agents: AgentTexts): Blueprint {
  return {
    site: site.name,
    hosts: hostSpecs(site, agents),
    cluster: {
      cib: clusterConfiguration(site),
      members: clusterMembers(site).map((member) => member.name),
      ...(site.witness?.kind === 'qnetd'
        ? { qnetd: { host: site.witness.name, clusterName: site.name, nodes: site.nodes.map((node) => node.name) } }
        : {}),
    },
  };
}
