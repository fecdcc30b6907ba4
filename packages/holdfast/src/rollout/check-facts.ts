import type { Problem } from '../core/index.ts';
import type { HostSpec } from '../patterns/index.ts';
import type { Machine, Site } from '../site/index.ts';
import { checkFencing, notesOnFencing } from './check-fencing.ts';
import { type Facts, factsOf, type HostFacts } from './facts.ts';
import { resourcesOf } from './plan-cluster.ts';
import { isOurCluster } from './plan-files.ts';
import type { PlanInput } from './plan-input.ts';

const leastFreeBytes = 500 * 1024 * 1024;
/** Clocks further apart than this make journals hard to read together; nothing else depends on them. */
const clocksApartMs = 2000;

/** What is wrong on the machines so that applying would fail or do harm. */
export function checkFacts(input: PlanInput): readonly Problem[] {
  const { site, blueprint, facts } = input;
  return [
    ...blueprint.hosts.flatMap((spec) => checkHost(spec, factsOf(facts, spec.name))),
    ...linkAddresses(site).flatMap(({ machine, links }) => checkLinks(machine, links, factsOf(facts, machine.name))),
    ...checkWorkloadUnits(site, facts),
    ...checkVirtualAddress(site, facts),
    ...checkForeignCluster(input),
    ...checkFencing(site, facts),
  ];
}

/** What a person should know, and what stops nothing. */
export function notesOnFacts({ site, facts }: PlanInput): readonly string[] {
  const notes: string[] = [];
  const [first, ...others] = facts.hosts;
  for (const other of others) {
    const apartMs = Math.abs(other.clockOffsetMs - (first?.clockOffsetMs ?? 0));
    if (apartMs > clocksApartMs) {
      notes.push(
        `The clocks of ${first?.name} and ${other.name} are ${(apartMs / 1000).toFixed(1)} s apart: run NTP on both.`,
      );
    }
  }
  for (const { unit } of site.workloads) {
    const definitions = new Set(site.nodes.map((node) => factsOf(facts, node.name).units[unit]?.definition));
    if (definitions.size > 1) {
      notes.push(
        `${unit} is not defined the same on ${site.nodes[0].name} and ${site.nodes[1].name} (systemctl cat ${unit}).`,
      );
    }
  }
  const versions = new Set(facts.hosts.flatMap(({ packages }) => majorVersion(packages.pacemaker)));
  if (versions.size > 1) notes.push(`The members run different versions of Pacemaker: ${[...versions].join(' and ')}.`);
  return [...notes, ...notesOnFencing(site)];
}

function majorVersion(version: string | undefined): readonly string[] {
  const major = version?.match(/^\d+\.\d+/)?.[0];
  return major === undefined ? [] : [major];
}

function checkHost(spec: HostSpec, facts: HostFacts): readonly Problem[] {
  const problems: Problem[] = [];
  if (facts.nodeName !== spec.name) {
    problems.push({
      code: 'HF-PLAN-NODE-NAME',
      message: `The machine that the site calls ${spec.name} calls itself ${facts.nodeName} (uname -n).`,
      remedy: `Check that ssh leads to the right machine; then either hostnamectl set-hostname ${spec.name} there, or use ${facts.nodeName} in the site file.`,
      source: 'site',
    });
  }
  const missing = spec.packages.filter((name) => facts.packages[name] === undefined);
  if (missing.length > 0 && !facts.hasApt) {
    problems.push({
      code: 'HF-PLAN-NOT-DEBIAN',
      message: `${spec.name} (${facts.os.name}) has no apt-get, and lacks ${missing.join(', ')}.`,
      remedy: 'Use Debian 12 or newer or Ubuntu, or install the packages by hand.',
      source: 'site',
    });
  }
  if (missing.length > 0 && facts.freeBytes < leastFreeBytes) {
    problems.push({
      code: 'HF-PLAN-DISK-FULL',
      message: `${spec.name} has ${Math.floor(facts.freeBytes / 1024 / 1024)} MiB free under /var; the packages need ${leastFreeBytes / 1024 / 1024} MiB.`,
      remedy: `Make room on ${spec.name} (apt-get clean, journalctl --vacuum-size=100M).`,
      source: 'site',
    });
  }
  for (const { path } of spec.files) {
    const found = facts.files[path];
    if (found?.kind === 'unreadable') problems.push(unreadable(spec.name, path));
    if (found?.kind === 'other' && found.what !== 'symbolic link') problems.push(inTheWay(spec.name, path, found.what));
  }
  for (const [path, { holdsFiles }] of Object.entries(facts.mountPoints)) {
    if (holdsFiles) problems.push(mountPointHoldsFiles(spec.name, path));
  }
  if (facts.cluster.kind === 'silent') {
    problems.push({
      code: 'HF-PLAN-CLUSTER-SILENT',
      message: `Pacemaker runs on ${spec.name} but does not answer (cibadmin --query).`,
      remedy: `Look at journalctl -u pacemaker -u corosync on ${spec.name}; if it has just started, try again in a minute.`,
      source: 'site',
    });
  }
  return problems;
}

function inTheWay(host: string, path: string, what: string): Problem {
  return {
    code: 'HF-PLAN-FILE-IN-THE-WAY',
    message: `${path} on ${host} shall be a file and is a ${what}.`,
    remedy: `Move it away on ${host}.`,
    source: 'site',
  };
}

function unreadable(host: string, path: string): Problem {
  return {
    code: 'HF-PLAN-FILE-UNREADABLE',
    message: `${path} on ${host} is there, but could not be read: whether it is as it shall be is not known.`,
    remedy: `Try \`sha256sum ${path}\` there as the user that ssh leads to, and read \`dmesg\`: it may not be allowed to (\`sudo: true\`), or the disk is going bad.`,
    source: 'site',
  };
}

function mountPointHoldsFiles(host: string, path: string): Problem {
  return {
    code: 'HF-PLAN-MOUNT-POINT-HOLDS-FILES',
    message: `${path} on ${host} holds files of its own; mounting the state over it would hide them.`,
    remedy: `Move them away on ${host}, or onto the state's device if they belong to it.`,
    source: 'site',
  };
}

function linkAddresses(site: Site): readonly { readonly machine: Machine; readonly links: readonly string[] }[] {
  const witness = site.witness?.kind === 'member' ? [site.witness] : [];
  return [...site.nodes, ...witness].map((machine) => ({ machine, links: machine.links }));
}

function checkLinks(machine: Machine, links: readonly string[], facts: HostFacts): readonly Problem[] {
  return links
    .filter((link) => !facts.addresses.includes(link))
    .map((link) => ({
      code: 'HF-PLAN-LINK-ADDRESS',
      message: `${machine.name} has no interface with the Corosync address ${link}.`,
      remedy: `Configure it on ${machine.name}, or correct the links in the site file; it has ${facts.addresses.join(', ')}.`,
      source: 'site',
    }));
}

function checkWorkloadUnits(site: Site, facts: Facts): readonly Problem[] {
  return site.workloads.flatMap(({ name, unit }) =>
    site.nodes.flatMap((node): readonly Problem[] => {
      const load = factsOf(facts, node.name).units[unit]?.load;
      if (load === 'loaded') return [];
      return [
        {
          code: 'HF-PLAN-UNIT-UNKNOWN',
          message: `systemd on ${node.name} has no unit ${unit} for the workload ${name} (${load ?? 'not asked'}).`,
          remedy: `Install the workload on ${node.name} as on the other node; its program and unit belong on both, its state on the shared device.`,
          source: 'site',
        },
      ];
    }),
  );
}

/** While no cluster runs, nobody may have the virtual address. */
function checkVirtualAddress(site: Site, facts: Facts): readonly Problem[] {
  const { ip } = site.address;
  if (facts.hosts.some((host) => host.cluster.kind !== 'none')) return [];
  const owner = facts.hosts.find((host) => host.addresses.includes(ip));
  const answers = facts.hosts.some((host) => host.virtualAddressAnswers === true);
  if (owner === undefined && !answers) return [];
  return [
    {
      code: 'HF-PLAN-ADDRESS-TAKEN',
      message:
        owner === undefined
          ? `The virtual address ${ip} answers already: another machine has it.`
          : `The virtual address ${ip} is configured on ${owner.name} itself; the cluster must be the only one to give it out.`,
      remedy:
        owner === undefined
          ? 'Find that machine, or choose a free address in the site file.'
          : `Take it out of the network configuration of ${owner.name}.`,
      source: 'site',
    },
  ];
}

/**
 * A cluster with resources that was not made by Holdfast is somebody's. A member that has the very resources of one of our
 * members has joined it, and was interrupted before it could be noted.
 */
function checkForeignCluster({ facts, blueprint }: PlanInput): readonly Problem[] {
  return blueprint.cluster.members.flatMap((member): readonly Problem[] => {
    const found = factsOf(facts, member);
    const resources = resourcesOf(found.cluster);
    if (resources.length === 0 || isOurCluster(found)) return [];
    const hasJoined = blueprint.cluster.members.some((other) => {
      const known = factsOf(facts, other);
      return isOurCluster(known) && resourcesOf(known.cluster).join() === resources.join();
    });
    if (hasJoined && found.record.files.includes('/etc/corosync/corosync.conf')) return [];
    return [
      {
        code: 'HF-PLAN-FOREIGN-CLUSTER',
        message: `${member} belongs to a cluster with resources that Holdfast did not make.`,
        remedy: `Use other machines, or take that cluster away first (its own tools; or stop it and remove /var/lib/pacemaker/cib on ${member}).`,
        source: 'user',
      },
    ];
  });
}
