import type { DrbdReport, DrbdStatus, Generations } from '../engines/drbd/index.ts';
import { type Cib, proposeCib } from '../engines/pacemaker/index.ts';
import { type Blueprint, compile, type HostSpec } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { emptyRecord, type Facts, factsOf, type HostFacts, type ReplicaFact } from './facts.ts';
import { qdeviceCertificatePath } from './plan-cluster.ts';
import type { PlanInput } from './plan-input.ts';
import { digestSecrets, type Secrets, secretBytes, sha256 } from './secret-digests.ts';
import { hostsOf, type Step } from './step.ts';

/** Machines that exist only as facts, for tests: what a step does to them is done to the facts. */

export const secrets: Secrets = { get: (name) => Buffer.from(`the secret ${name}`).toString('base64') };

export const memberSite: Site = {
  version: 1,
  name: 'plant-7',
  objectives: { rtoMs: 30_000, rpoMs: 0 },
  pattern: 'active-passive',
  nodes: [node('alpha', 11), node('bravo', 12)],
  witness: { kind: 'member', name: 'charlie', ssh: 'charlie', sudo: false, links: ['10.77.1.13', '10.77.2.13'] },
  address: { ip: '10.77.1.100', prefixLength: 24 },
  reach: [],
  state: {
    type: 'shared-block',
    device: '/dev/disk/by-id/scsi-state',
    filesystem: 'ext4',
    mountPoint: '/srv/state',
    options: [],
  },
  workloads: [
    {
      name: 'ledger',
      unit: 'ledger.service',
      startTimeoutMs: 30_000,
      stopTimeoutMs: 20_000,
      probe: { kind: 'http', url: 'http://127.0.0.1:8080/health', intervalMs: 2000, timeoutMs: 1000 },
    },
  ],
  timing: {
    profile: 'lan',
    tokenMs: 1000,
    consensusMs: 1200,
    migrationThreshold: 3,
    failureTimeoutMs: 600_000,
    slowness: 1,
  },
  acceptedRisks: [{ risk: 'clients-link-unwatched', because: 'these machines have no clients' }],
  ssh: {},
  drill: { lab: false },
};

export const qnetdSite: Site = {
  ...memberSite,
  witness: { kind: 'qnetd', name: 'charlie', ssh: 'charlie', sudo: false, address: '10.77.1.13' },
};

export const replicatedSite: Site = {
  ...memberSite,
  state: {
    type: 'drbd',
    device: '/dev/drbd0',
    disks: ['/dev/vdb', '/dev/vdc'],
    link: 1,
    port: 7789,
    filesystem: 'ext4',
    mountPoint: '/srv/state',
    options: [],
  },
};

function node(name: string, number: number): Site['nodes'][0] {
  return {
    name,
    ssh: name,
    sudo: false,
    links: [`10.77.1.${number}`, `10.77.2.${number}`],
    fencing: {
      levels: [
        [
          {
            type: 'redfish',
            address: '10.77.9.1',
            port: 8443,
            username: 'holdfast',
            password: `bmc-${name}`,
            systemUri: `/redfish/v1/Systems/${name}`,
            tls: { mode: 'verified', caPem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
            power: 'own',
            timeoutMs: 60_000,
          },
        ],
      ],
      after: 'restart',
    },
  };
}

export const agentTexts = {
  workload: '#!/bin/sh\n# workload\n',
  fencePeer: '#!/bin/sh\n# fence peer\n',
  crashNotifier: '#!/bin/sh\n# notifier\n',
  fenceWitness: '#!/bin/sh\n# witness\n',
  powerOnAgain: '#!/bin/sh\n# power on\n',
};

export function planInput(site: Site, changes: Partial<PlanInput> = {}): PlanInput {
  const blueprint = compile(site, agentTexts);
  return {
    site,
    blueprint,
    facts: freshMachines(site, blueprint),
    secretDigests: digestSecrets(blueprint, secrets),
    fileSystemUuid: '11111111-2222-4333-8444-555555555555',
    mayFormat: [],
    ...changes,
  };
}

/** Debian machines with the workload installed, and nothing else. */
export function freshMachines(site: Site, blueprint: Blueprint): Facts {
  const links = [...site.nodes, ...(site.witness?.kind === 'member' ? [site.witness] : [])];
  return {
    hosts: blueprint.hosts.map(
      (spec): HostFacts => ({
        name: spec.name,
        nodeName: spec.name,
        kernel: '6.1.0-44-amd64',
        architecture: 'x86_64',
        os: { id: 'debian', version: '12', name: 'Debian GNU/Linux 12 (bookworm)' },
        hasApt: true,
        clockOffsetMs: 0,
        freeBytes: 10 ** 10,
        packages: {},
        files: Object.fromEntries(spec.files.map(({ path }) => [path, { kind: 'absent' }])),
        units: Object.fromEntries(
          spec.units.map(({ unit }) => [
            unit,
            site.workloads.some((workload) => workload.unit === unit)
              ? { load: 'loaded', active: 'inactive', enabled: 'disabled', needsReload: false, definition: 'same' }
              : { load: 'not-found', active: 'inactive', enabled: '', needsReload: false },
          ]),
        ),
        ...replicaOf(spec.name, blueprint),
        devices: Object.fromEntries(
          disksOf(spec, blueprint).map((path) => [
            path,
            { kind: 'block', sizeBytes: 2 ** 28, holders: [], content: { kind: 'empty' } },
          ]),
        ),
        mountPoints:
          spec.role === 'node' ? { [site.state.mountPoint]: { exists: false, mounted: false, holdsFiles: false } } : {},
        addresses: ['127.0.0.1', ...(links.find(({ name }) => name === spec.name)?.links ?? [])],
        virtualAddressAnswers: spec.role === 'node' ? false : null,
        cluster: { kind: 'none' },
        hasScheduler: false,
        record: emptyRecord,
      }),
    ),
  };
}

/** The facts after a step. `onto`: only these of its machines got that far. */
export function afterStep(facts: Facts, step: Step, onto: readonly string[] = hostsOf(step)): Facts {
  return onto.reduce(
    (seen, host) => ({ hosts: seen.hosts.map((each) => (each.name === host ? done(each, step) : each)) }),
    facts,
  );
}

export function afterSteps(facts: Facts, steps: readonly Step[]): Facts {
  return steps.reduce((seen, step) => afterStep(seen, step), facts);
}

function done(host: HostFacts, step: Step): HostFacts {
  switch (step.kind) {
    case 'record':
      return { ...host, record: step.record };
    case 'install-packages':
      return {
        ...host,
        packages: { ...host.packages, ...Object.fromEntries(step.packages.map((name) => [name, '2.1.5'])) },
        units: Object.fromEntries(
          Object.entries(host.units).map(([unit, fact]) => [
            unit,
            { ...fact, load: 'loaded', enabled: fact.enabled || 'disabled' },
          ]),
        ),
      };
    case 'make-directory':
      return {
        ...host,
        mountPoints: { ...host.mountPoints, [step.path]: { exists: true, mounted: false, holdsFiles: false } },
      };
    case 'write-file': {
      const content = step.content.kind === 'text' ? step.content.text : secretBytes(step.content, secrets);
      const file = { kind: 'file', sha256: sha256(content), mode: step.mode, owner: 'root:root' } as const;
      return { ...host, files: { ...host.files, [step.path]: file } };
    }
    case 'remove-file':
      return { ...host, files: { ...host.files, [step.path]: { kind: 'absent' } } };
    case 'enable-units':
      return withUnits(host, step.units, { enabled: 'enabled' });
    case 'disable-units':
      return withUnits(host, step.units, { enabled: 'disabled' });
    case 'disable-sbd':
      return withUnits(host, ['sbd.service'], { enabled: 'disabled' });
    case 'start-unit':
      return withUnits(host, [step.unit], { active: 'active' });
    case 'stop-unit':
      return withUnits(host, [step.unit], { active: 'inactive' });
    case 'make-file-system': {
      const content = { kind: 'filesystem', type: step.filesystem, uuid: step.uuid } as const;
      return {
        ...host,
        devices: { ...host.devices, [step.device]: { kind: 'block', sizeBytes: 2 ** 28, holders: [], content } },
      };
    }
    case 'make-replica-end': {
      const content = { kind: 'signature', type: 'drbd', id: 'f00d' } as const;
      const devices = {
        ...host.devices,
        [step.disk]: { kind: 'block', sizeBytes: 2 ** 28, holders: [], content } as const,
      };
      return { ...host, devices, replica: withReport({ kind: 'down', version: '8.4.11', generations: justMade }) };
    }
    case 'join-replica':
      return { ...host, replica: { ...host.replica, ...withReport(up(host.replica?.report, {})) } };
    case 'seed-replica': {
      const end = !step.copies ? 'same' : host.name === step.hosts[0] ? 'source' : 'target';
      const report = up(host.replica?.report, { generations: firstData, ...seededAs[end] });
      return { ...host, replica: { ...host.replica, ...withReport(report) } };
    }
    case 'make-replica-file-system':
      return {
        ...host,
        replica: {
          ...(host.replica ?? { report: null }),
          fileSystem: { type: step.filesystem, uuid: step.uuid },
        },
      };
    case 'await-sync':
      return {
        ...host,
        replica: {
          ...host.replica,
          ...withReport(
            up(host.replica?.report, {
              generations: firstData,
              disk: 'UpToDate',
              peerDisk: 'UpToDate',
              replication: 'Established',
            }),
          ),
        },
      };
    case 'enrol-qdevice': {
      const file = { kind: 'file', sha256: 'certificate', mode: 0o600, owner: 'root:root' } as const;
      return { ...host, files: { ...host.files, [qdeviceCertificatePath]: file } };
    }
    case 'restart-cluster':
    case 'start-cluster': {
      const sbd = host.units['sbd.service']?.enabled === 'enabled' ? 'active' : 'inactive';
      const running = withUnits(
        withUnits(host, ['corosync.service', 'pacemaker.service'], { active: 'active' }),
        ['sbd.service'],
        { active: sbd },
      );
      const cibXml =
        host.cluster.kind === 'stopped' || host.cluster.kind === 'running'
          ? host.cluster.cibXml
          : proposeCib(undefined, nothing, step.members);
      return { ...running, cluster: { kind: 'running', cibXml } };
    }
    case 'replace-cib': {
      if (host.cluster.kind !== 'running') throw new Error(`the cluster does not run on ${host.name}`);
      return { ...host, cluster: { kind: 'running', cibXml: proposeCib(host.cluster.cibXml, step.cib, step.members) } };
    }
    case 'remove-cluster':
      return {
        ...withUnits(host, ['corosync.service', 'pacemaker.service'], { active: 'inactive', enabled: 'disabled' }),
        cluster: { kind: 'none' },
      };
    case 'forget':
      return { ...host, record: emptyRecord };
    case 'daemon-reload':
    case 'update-ca-certificates':
    case 'restart-qnetd':
    case 'reload-corosync':
    case 'adjust-replica':
    case 'wait-until-settled':
    case 'stop-resources':
      return host;
  }
}

const justMade: Generations = {
  current: '0000000000000004',
  bitmap: '0000000000000000',
  history: ['0000000000000000', '0000000000000000'],
};

const firstData: Generations = { ...justMade, current: '0C06A5CC3130CFE0' };

const seededAs = {
  same: { disk: 'UpToDate', peerDisk: 'UpToDate' },
  source: { disk: 'UpToDate', peerDisk: 'Inconsistent', replication: 'SyncSource' },
  target: { disk: 'Inconsistent', peerDisk: 'UpToDate', replication: 'SyncTarget' },
} as const;

function withReport(report: DrbdReport): ReplicaFact {
  return { moduleVersion: '8.4.11', report };
}

/** The resource is up and has found its peer. */
function up(before: DrbdReport | null | undefined, change: Partial<DrbdStatus>): DrbdReport {
  const generations = before?.kind === 'up' ? before.status.generations : justMade;
  const status: DrbdStatus = {
    role: 'Secondary',
    disk: 'Inconsistent',
    connection: 'Connected',
    peerRole: 'Secondary',
    peerDisk: 'Inconsistent',
    replication: 'Established',
    outOfSyncBytes: 0,
    suspended: false,
    ...(before?.kind === 'up' ? before.status : {}),
    ...(generations === undefined ? {} : { generations }),
    ...change,
  };
  return { kind: 'up', version: '8.4.11', status };
}

function disksOf(spec: HostSpec, { replica }: Blueprint): readonly string[] {
  return [
    ...spec.devices.map(({ path }) => path),
    ...(replica?.ends ?? []).flatMap(({ host, disk }) => (host === spec.name ? [disk] : [])),
  ];
}

function replicaOf(name: string, { replica }: Blueprint): Pick<HostFacts, 'replica'> {
  if (replica?.ends.every(({ host }) => host !== name) !== false) return {};
  return { replica: { moduleVersion: '8.4.11', report: null } };
}

const nothing: Cib = {
  properties: {},
  resourceDefaults: {},
  operationDefaults: {},
  resources: [],
  constraints: [],
  fencingLevels: [],
  alerts: [],
};

function withUnits(host: HostFacts, units: readonly string[], change: Partial<HostFacts['units'][string]>): HostFacts {
  const changed = units.flatMap((unit) => {
    const fact = host.units[unit];
    return fact === undefined ? [] : [[unit, { ...fact, ...change }] as const];
  });
  return { ...host, units: { ...host.units, ...Object.fromEntries(changed) } };
}

/** The facts with one machine changed. */
export function withHost(facts: Facts, name: string, change: (host: HostFacts) => Partial<HostFacts>): Facts {
  const host = factsOf(facts, name);
  return { hosts: facts.hosts.map((each) => (each === host ? { ...each, ...change(each) } : each)) };
}
