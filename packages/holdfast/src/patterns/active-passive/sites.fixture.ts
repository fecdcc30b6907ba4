import type { FencingDevice, MemberWitness, NodeFencing, RedfishDevice, Site, SiteNode } from '../../site/index.ts';
import type { AgentTexts } from '../../workloads/index.ts';

/** Sites for tests: one of each kind that active-passive compiles differently. */

export const agents: AgentTexts = {
  workload: '#!/bin/sh\n# workload\n',
  fencePeer: '#!/bin/sh\n# fence peer\n',
  crashNotifier: '#!/bin/sh\n# notifier\n',
  fenceWitness: '#!/bin/sh\n# witness\n',
  powerOnAgain: '#!/bin/sh\n# power on\n',
};

const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

export function redfish(node: string, changes: Partial<RedfishDevice> = {}): RedfishDevice {
  return {
    type: 'redfish',
    address: '10.77.9.1',
    port: 8443,
    username: 'holdfast',
    password: `bmc-${node}`,
    systemUri: `/redfish/v1/Systems/${node}`,
    tls: { mode: 'verified', caPem: ca },
    power: 'own',
    timeoutMs: 60_000,
    ...changes,
  };
}

/** One device, and a machine that comes back. */
export function oneDevice(device: FencingDevice, after: NodeFencing['after'] = 'restart'): NodeFencing {
  return { levels: [[device]], after };
}

export function node(name: string, host: number, fencing?: NodeFencing): SiteNode {
  const machine = { name, ssh: name, sudo: false, links: [`10.77.1.${host}`, `10.77.2.${host}`] as const };
  return fencing === undefined ? machine : { ...machine, fencing };
}

const charlie: MemberWitness = {
  kind: 'member',
  name: 'charlie',
  ssh: 'charlie',
  sudo: false,
  links: ['10.77.1.13', '10.77.2.13'],
};

/** A local network, a witness that is a member, fencing that restarts. */
export const memberWitnessSite: Site = {
  version: 1,
  name: 'plant-7',
  objectives: { rtoMs: 15_000, rpoMs: 0 },
  pattern: 'active-passive',
  nodes: [node('alpha', 11, oneDevice(redfish('alpha'))), node('bravo', 12, oneDevice(redfish('bravo')))],
  witness: charlie,
  address: { ip: '10.77.1.100', prefixLength: 24 },
  reach: [],
  state: {
    type: 'shared-block',
    device: '/dev/disk/by-id/scsi-state',
    filesystem: 'ext4',
    mountPoint: '/srv/state',
    options: ['noatime', 'errors=remount-ro'],
  },
  workloads: [
    {
      name: 'ledger',
      unit: 'ledger.service',
      startTimeoutMs: 30_000,
      stopTimeoutMs: 3_000,
      probe: { kind: 'http', url: 'http://127.0.0.1:8080/health', intervalMs: 2_000, timeoutMs: 1_500 },
    },
    {
      name: 'broker',
      unit: 'mosquitto.service',
      startTimeoutMs: 30_000,
      stopTimeoutMs: 5_000,
      probe: { kind: 'tcp', host: '127.0.0.1', port: 1883, intervalMs: 2_000, timeoutMs: 1_000 },
    },
  ],
  timing: {
    profile: 'lan',
    tokenMs: 1_000,
    consensusMs: 1_200,
    migrationThreshold: 3,
    failureTimeoutMs: 600_000,
    slowness: 1,
  },
  acceptedRisks: [],
  ssh: {},
  drill: { lab: false },
};

/** A corosync-qnetd host as witness, a cloud's timing, fenced machines stay off, xfs, a probe by command. */
export const qnetdSite: Site = {
  ...memberWitnessSite,
  name: 'plant-8',
  nodes: [
    node('alpha', 11, oneDevice(redfish('alpha'), 'stay-off')),
    node('bravo', 12, oneDevice(redfish('bravo', { tls: { mode: 'verified' } }), 'stay-off')),
  ],
  witness: { kind: 'qnetd', name: 'quorum', ssh: 'admin@quorum', sudo: true, address: 'quorum.plant.example' },
  state: { ...memberWitnessSite.state, filesystem: 'xfs', options: [] },
  workloads: [
    {
      name: 'historian',
      unit: 'historian.service',
      startTimeoutMs: 60_000,
      stopTimeoutMs: 20_000,
      probe: {
        kind: 'command',
        command: "historian-cli --say 'ping' | grep -q pong",
        intervalMs: 5_000,
        timeoutMs: 2_500,
      },
    },
  ],
  timing: {
    profile: 'cloud',
    tokenMs: 5_000,
    consensusMs: 6_000,
    migrationThreshold: 3,
    failureTimeoutMs: 600_000,
    slowness: 1,
  },
};

/** Two nodes and nobody to decide between them: delays do. One link, no probe, an unverified BMC: all accepted in words. */
export const twoNodeSite: Site = {
  ...withoutWitness(memberWitnessSite),
  name: 'pump-station',
  nodes: [
    {
      name: 'alpha',
      ssh: 'alpha',
      sudo: false,
      links: ['10.77.1.11'],
      fencing: oneDevice(redfish('alpha', { tls: { mode: 'insecure' } })),
    },
    {
      name: 'bravo',
      ssh: 'bravo',
      sudo: false,
      links: ['10.77.1.12'],
      fencing: oneDevice(redfish('bravo', { tls: { mode: 'insecure' } })),
    },
  ],
  workloads: [{ name: 'pump', unit: 'pump.service', startTimeoutMs: 30_000, stopTimeoutMs: 4_000 }],
  acceptedRisks: [
    { risk: 'no-witness', because: 'there is no third machine' },
    { risk: 'single-link', because: 'there is one switch' },
    { risk: 'insecure-fencing-tls', because: 'the BMCs cannot hold a certificate' },
    { risk: 'no-probe', because: 'the pump controller answers nothing' },
  ],
};

/** Nothing can kill a node; the witness still decides who may serve. An IPv6 address. */
export const noFencingSite: Site = {
  ...memberWitnessSite,
  name: 'bench',
  nodes: [node('alpha', 11), node('bravo', 12)],
  address: { ip: 'fd00:77::100', prefixLength: 64 },
  reach: [],
  acceptedRisks: [{ risk: 'no-fencing', because: 'the machines have no BMC' }],
};

/** A disk in each node that DRBD keeps the same; the disks have different names. */
export const replicatedSite: Site = {
  ...memberWitnessSite,
  name: 'mill-3',
  state: {
    type: 'drbd',
    device: '/dev/drbd0',
    disks: ['/dev/disk/by-partlabel/state', '/dev/vg0/state'],
    link: 1,
    port: 7789,
    filesystem: 'ext4',
    mountPoint: '/srv/state',
    options: ['noatime', 'errors=remount-ro'],
  },
};

export const sites = { memberWitnessSite, qnetdSite, twoNodeSite, noFencingSite, replicatedSite } as const;

function withoutWitness({ witness: _, ...site }: Site): Site {
  return site;
}
