import type { Problem } from '../core/index.ts';
import { checkAgent, readAgentMetadata } from '../fencing/index.ts';
import { fencingWorks, watchdogOf } from '../patterns/index.ts';
import type { AgentDevice, Site, SiteNode } from '../site/index.ts';
import { type Facts, factsOf } from './facts.ts';

/** The fence agents that the site file names, on each member; those that have not been installed yet cannot be asked. */
export function checkFencing(site: Site, facts: Facts): readonly Problem[] {
  if (!fencingWorks(site)) return [];
  return [
    ...site.nodes.flatMap((node) =>
      membersExcept(site, node).flatMap((member) =>
        agentsOf(node).flatMap((device) => checkOn(member, node, device, facts)),
      ),
    ),
    ...site.nodes.flatMap((node) => checkWatchdog(site, node, facts)),
  ];
}

/** What weakens the fencing of a site that is taken all the same; what has no end of its own is refused (budget/). */
export function notesOnFencing(site: Site): readonly string[] {
  const soft = site.nodes.filter((node) => watchdogOf(site, node)?.module === 'softdog');
  return soft.map(
    ({ name }) =>
      `The watchdog of ${name} is softdog, a part of its kernel: it cannot reset ${name} when the kernel itself hangs.`,
  );
}

/** The agents that the site file names on this machine, for the request of facts. */
export function agentNames(site: Site): readonly string[] {
  return fencingWorks(site) ? [...new Set(site.nodes.flatMap(agentsOf).map(({ agent }) => agent))] : [];
}

function agentsOf({ fencing }: SiteNode): readonly AgentDevice[] {
  return (fencing?.levels ?? []).flat().filter((device) => device.type === 'agent');
}

function membersExcept({ nodes, witness }: Site, node: SiteNode): readonly string[] {
  const others = nodes.filter((each) => each !== node).map(({ name }) => name);
  return witness?.kind === 'member' ? [...others, witness.name] : others;
}

function checkOn(member: string, node: SiteNode, device: AgentDevice, facts: Facts): readonly Problem[] {
  const { fenceAgents, packages } = factsOf(facts, member);
  const xml = fenceAgents?.[device.agent];
  if (xml !== undefined) {
    const comesBack = node.fencing?.after === 'restart';
    return checkAgent(device, readAgentMetadata(xml), { node: node.name, at: member, comesBack });
  }
  if (packages['fence-agents'] === undefined) return [];
  return [
    {
      code: 'HF-PLAN-FENCE-AGENT',
      message: `${member} has no fence agent ${device.agent}, which shall fence ${node.name}, or it does not say what it takes.`,
      remedy: `Install the package that brings it on ${member}; \`ls /usr/sbin/fence_*\` lists those that are there.`,
      source: 'user',
    },
  ];
}

function checkWatchdog(site: Site, node: SiteNode, facts: Facts): readonly Problem[] {
  const watchdog = watchdogOf(site, node);
  if (watchdog === undefined) return [];
  const found = factsOf(facts, node.name).watchdog;
  if (found === undefined || found === 'device' || (found === 'softdog' && watchdog.module === 'softdog')) return [];
  return [
    {
      code: 'HF-PLAN-NO-WATCHDOG',
      message: `${node.name} has no watchdog ${watchdog.device}${watchdog.module === undefined ? '' : ', and its kernel has no module softdog'}.`,
      remedy:
        watchdog.module === undefined
          ? 'Switch it on in the firmware and load its driver; or write `module: softdog`, which cannot save a hung kernel.'
          : 'Install the kernel package that holds softdog, or use a device that switches power.',
      source: 'site',
    },
  ];
}
