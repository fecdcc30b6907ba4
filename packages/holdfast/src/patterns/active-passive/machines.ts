import { writeCorosyncConf } from '../../engines/corosync/index.ts';
import type { DrbdKernel } from '../../engines/drbd/index.ts';
import { secretPath, selfFencing } from '../../fencing/index.ts';
import { corosyncKeySecret, fencingSecrets, type Site, type SiteNode } from '../../site/index.ts';
import {
  type AgentTexts,
  agentPaths,
  crashUnit,
  crashUnitPath,
  dropInPath,
  workloadDropIn,
} from '../../workloads/index.ts';
import type { FileSpec, HostSpec, UnitSpec } from '../blueprint.ts';
import { fencingWorks, selfFencedMs, switchingDevices, watchdogOf } from './fence-devices.ts';
import { corosyncConf } from './membership.ts';
import { replicaFiles, replicaUnits } from './replica.ts';

/** Every machine of the site: the two nodes, then the witness. */
export function hostSpecs(
  site: Site,
  agents: AgentTexts,
  kernels: Readonly<Record<string, DrbdKernel>> = {},
): HostSpec[] {
  return [...site.nodes.map((node) => nodeSpec(node, site, agents, kernels[node.name])), ...witnessSpec(site, agents)];
}

/** Linux has DRBD 8.4: a kernel that nobody has asked yet is taken for one of those. */
function nodeSpec(node: SiteNode, site: Site, agents: AgentTexts, kernel: DrbdKernel = '8.4'): HostSpec {
  const usesQnetd = site.witness?.kind === 'qnetd';
  const watchdog = ownWatchdog(node, site);
  return {
    name: node.name,
    role: 'node',
    packages: [
      ...memberPackages(site),
      ...(watchdog?.packages ?? []),
      'resource-agents',
      // fuser, with which Filesystem finds what still holds the mount.
      'psmisc',
      'curl',
      site.state.filesystem === 'xfs' ? 'xfsprogs' : 'e2fsprogs',
      ...(site.state.type === 'drbd' ? ['drbd-utils'] : []),
      ...(site.reach.length > 0 ? ['iputils-ping'] : []),
      ...(usesQnetd ? ['corosync-qdevice'] : []),
    ],
    files: [
      ...memberFiles(site, agents),
      ...(watchdog?.files ?? []),
      ...replicaFiles(site, kernel, agents),
      ...workloadFiles(site, agents),
    ],
    units: [
      ...memberUnits,
      watchdog === undefined ? withoutSbd : withSbd,
      ...(usesQnetd ? [service('corosync-qdevice.service')] : []),
      ...replicaUnits(site),
      ...site.workloads.map((workload): UnitSpec => ({ unit: workload.unit, enabled: false, running: 'any' })),
    ],
    devices:
      site.state.type === 'drbd' ? [] : [{ path: site.state.device, filesystem: site.state.filesystem, shared: true }],
  };
}

function witnessSpec(site: Site, agents: AgentTexts): HostSpec[] {
  switch (site.witness?.kind) {
    case undefined:
      return [];
    case 'member':
      return [
        {
          name: site.witness.name,
          role: 'witness',
          packages: memberPackages(site),
          files: [...memberFiles(site, agents), witnessPacemaker],
          units: [...memberUnits, withoutSbd],
          devices: [],
        },
      ];
    case 'qnetd':
      return [
        {
          name: site.witness.name,
          role: 'witness',
          packages: ['corosync-qnetd'],
          files: [],
          units: [service('corosync-qnetd.service')],
          devices: [],
        },
      ];
  }
}

/**
 * The others "fence" a witness whose controller died while Corosync lives, and Pacemaker there then ends with 100 for good
 * ("we were allegedly just fenced", daemons/controld/controld_fencing.c). Nothing was switched off, so it may come back.
 */
const witnessPacemaker: FileSpec = {
  path: '/etc/systemd/system/pacemaker.service.d/50-holdfast.conf',
  mode: 0o644,
  content: {
    kind: 'text',
    text: `# Written by Holdfast; the next \`holdfast apply\` replaces it.
[Service]
RestartForceExitStatus=100
RestartSec=5s
`,
  },
  onChange: ['daemon-reload'],
};

/** What a Corosync member needs, whether it serves or only votes and kills. Recommended packages are not installed by themselves. */
function memberPackages(site: Site): readonly string[] {
  const forAgents = switchingDevices(site).flatMap(({ device }) => device.packages);
  return [...new Set([...clusterPackages, ...forAgents, 'ca-certificates'])];
}

const clusterPackages = ['corosync', 'pacemaker', 'pacemaker-cli-utils', 'fence-agents'];

const memberUnits: readonly UnitSpec[] = [service('corosync.service'), service('pacemaker.service')];

/** Where its package is installed it is started with Pacemaker, finds no device and keeps Pacemaker from starting. */
const withoutSbd: UnitSpec = { unit: 'sbd.service', enabled: false, running: false };

/** It starts and stops with Corosync, and refuses to be started by itself. */
const withSbd: UnitSpec = { unit: 'sbd.service', enabled: true, running: 'any' };

function ownWatchdog(node: SiteNode, site: Site): Pick<HostSpec, 'packages' | 'files'> | undefined {
  const watchdog = watchdogOf(site, node);
  const selfFenced = selfFencedMs(site);
  if (watchdog === undefined || selfFenced === undefined) return undefined;
  const { packages, files } = selfFencing(watchdog, selfFenced);
  return {
    packages,
    files: files.map(({ path, text, onChange }) => ({
      path,
      mode: 0o644,
      content: { kind: 'text', text },
      onChange: [onChange],
    })),
  };
}

function service(unit: string): UnitSpec {
  return { unit, enabled: true, running: true };
}

function memberFiles(site: Site, agents: AgentTexts): FileSpec[] {
  const devices = switchingDevices(site);
  const secrets = [...new Set(fencingWorks(site) ? site.nodes.flatMap(fencingSecrets) : [])];
  const programs = new Map(devices.flatMap(({ device }) => device.programs.map(({ path, text }) => [path, text])));
  return [
    {
      path: '/etc/corosync/corosync.conf',
      mode: 0o644,
      content: { kind: 'text', text: writeCorosyncConf(corosyncConf(site)) },
      onChange: ['reload-corosync'],
    },
    {
      path: '/etc/corosync/authkey',
      mode: 0o600,
      content: { kind: 'secret', secret: corosyncKeySecret, encoding: 'base64' },
      onChange: ['reload-corosync'],
    },
    ...secrets.map(
      (secret): FileSpec => ({
        path: secretPath(secret),
        mode: 0o600,
        content: { kind: 'secret', secret, encoding: 'utf8' },
        onChange: [],
      }),
    ),
    ...(fencingWorks(site) && site.witness?.kind === 'member'
      ? [program(agentPaths.fenceWitness, agents.fenceWitness)]
      : []),
    ...[...programs].map(([path, text]) => program(path, text)),
    ...(devices.some(({ node }) => comesBack(site, node))
      ? [program(agentPaths.powerOnAgain, agents.powerOnAgain)]
      : []),
    ...devices.flatMap(({ node, level, device }): FileSpec[] =>
      device.caPem === undefined
        ? []
        : [
            {
              path: `/usr/local/share/ca-certificates/holdfast-${level === 1 ? '' : `level${level}-`}${node}.crt`,
              mode: 0o644,
              content: { kind: 'text', text: device.caPem },
              onChange: ['update-ca-certificates'],
            },
          ],
    ),
  ];
}

function comesBack(site: Site, name: string): boolean {
  return site.nodes.find((node) => node.name === name)?.fencing?.after === 'restart';
}

function program(path: string, text: string): FileSpec {
  return { path, mode: 0o755, content: { kind: 'text', text }, onChange: [] };
}

function workloadFiles(site: Site, agents: AgentTexts): FileSpec[] {
  const unit = (path: string, text: string): FileSpec => ({
    path,
    mode: 0o644,
    content: { kind: 'text', text },
    onChange: ['daemon-reload'],
  });
  return [
    program(agentPaths.workload, agents.workload),
    program(agentPaths.crashNotifier, agents.crashNotifier),
    unit(crashUnitPath, crashUnit()),
    ...site.workloads.map((workload) =>
      unit(dropInPath(workload.unit), workloadDropIn(workload, site.state.mountPoint)),
    ),
  ];
}
