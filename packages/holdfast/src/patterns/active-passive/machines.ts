import { writeCorosyncConf } from '../../engines/corosync/index.ts';
import { secretPath } from '../../fencing/index.ts';
import { corosyncKeySecret, type Site } from '../../site/index.ts';
import {
  type AgentTexts,
  agentPaths,
  crashUnit,
  crashUnitPath,
  dropInPath,
  workloadDropIn,
} from '../../workloads/index.ts';
import type { FileSpec, HostSpec, UnitSpec } from '../blueprint.ts';
import { fenceDevices, fencingWorks } from './fence-primitives.ts';
import { corosyncConf } from './membership.ts';

/** Every machine of the site: the two nodes, then the witness. */
export function hostSpecs(site: Site, agents: AgentTexts): HostSpec[] {
  return [...site.nodes.map((node) => nodeSpec(node.name, site, agents)), ...witnessSpec(site, agents)];
}

function nodeSpec(name: string, site: Site, agents: AgentTexts): HostSpec {
  const usesQnetd = site.witness?.kind === 'qnetd';
  return {
    name,
    role: 'node',
    packages: [
      ...memberPackages,
      'resource-agents',
      // fuser, with which Filesystem finds what still holds the mount.
      'psmisc',
      'curl',
      site.state.filesystem === 'xfs' ? 'xfsprogs' : 'e2fsprogs',
      ...(usesQnetd ? ['corosync-qdevice'] : []),
    ],
    files: [...memberFiles(site, agents), ...workloadFiles(site, agents)],
    units: [
      ...memberUnits,
      ...(usesQnetd ? [service('corosync-qdevice.service')] : []),
      ...site.workloads.map((workload): UnitSpec => ({ unit: workload.unit, enabled: false, running: 'any' })),
    ],
    devices: [{ path: site.state.device, filesystem: site.state.filesystem, shared: true }],
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
          packages: memberPackages,
          files: [...memberFiles(site, agents), witnessPacemaker],
          units: memberUnits,
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
const memberPackages = [
  'corosync',
  'pacemaker',
  'pacemaker-cli-utils',
  'fence-agents',
  // fence_redfish needs it, and its package only recommends it.
  'python3-requests',
  'ca-certificates',
];

const memberUnits: readonly UnitSpec[] = [
  service('corosync.service'),
  service('pacemaker.service'),
  // Where its package is installed it is started with Pacemaker, finds no device and keeps Pacemaker from starting.
  { unit: 'sbd.service', enabled: false, running: false },
];

function service(unit: string): UnitSpec {
  return { unit, enabled: true, running: true };
}

function memberFiles(site: Site, agents: AgentTexts): FileSpec[] {
  const devices = fenceDevices(site);
  const secrets = [...new Set(devices.flatMap(({ device }) => device.secrets))];
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
    ...(devices.some(({ device }) => !device.staysOff) ? [program(agentPaths.powerOnAgain, agents.powerOnAgain)] : []),
    ...devices.flatMap(({ node, device }): FileSpec[] =>
      device.caPem === undefined
        ? []
        : [
            {
              path: `/usr/local/share/ca-certificates/holdfast-${node}.crt`,
              mode: 0o644,
              content: { kind: 'text', text: device.caPem },
              onChange: ['update-ca-certificates'],
            },
          ],
    ),
  ];
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
