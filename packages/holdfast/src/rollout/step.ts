import type { Cib } from '../engines/pacemaker/index.ts';
import type { FileContent } from '../patterns/index.ts';
import type { HostRecord } from './facts.ts';

/** One thing to do. Each is idempotent: done twice, or begun, killed and begun again, it leaves the same. */
export type Step =
  | {
      readonly kind: 'record';
      /** `prepared`: file systems and files are there. `joined`: the cluster runs with our configuration. */
      readonly when: 'before' | 'prepared' | 'joined' | 'after';
      readonly host: string;
      readonly record: HostRecord;
    }
  | { readonly kind: 'install-packages'; readonly host: string; readonly packages: readonly string[] }
  | { readonly kind: 'make-directory'; readonly host: string; readonly path: string }
  | WriteFileStep
  | { readonly kind: 'remove-file'; readonly host: string; readonly path: string }
  | { readonly kind: 'daemon-reload'; readonly host: string; readonly after: 'write' | 'removal' }
  | { readonly kind: 'update-ca-certificates'; readonly host: string; readonly after: 'write' | 'removal' }
  | { readonly kind: 'enable-units'; readonly host: string; readonly units: readonly string[] }
  | { readonly kind: 'disable-units'; readonly host: string; readonly units: readonly string[] }
  /** SBD runs on until the cluster is restarted: Pacemaker ends itself where it counts on SBD and finds none. */
  | { readonly kind: 'disable-sbd'; readonly host: string }
  | { readonly kind: 'start-unit'; readonly host: string; readonly unit: string }
  | { readonly kind: 'stop-unit'; readonly host: string; readonly unit: string }
  | { readonly kind: 'restart-qnetd'; readonly host: string }
  | MakeFileSystemStep
  | EnrolQdeviceStep
  | MakeReplicaEndStep
  /** Brings both ends of the replica up and waits until they have found each other. */
  | ({ readonly kind: 'join-replica' } & ReplicaStep)
  | SeedReplicaStep
  | MakeReplicaFileSystemStep
  | AwaitSyncStep
  /** Lets DRBD read its changed configuration, where it runs. */
  | { readonly kind: 'adjust-replica'; readonly host: string; readonly resource: string; readonly minor: number }
  /** Starts Corosync and Pacemaker on `hosts` and waits until all `members` are in the cluster. */
  | ({
      readonly kind: 'start-cluster';
      readonly hosts: readonly string[];
      readonly members: readonly string[];
    } & SbdDelay)
  | { readonly kind: 'reload-corosync'; readonly members: readonly string[] }
  /**
   * Restarts Corosync and Pacemaker everywhere while what runs goes on running, unwatched, under maintenance mode. `isEmpty`: no
   * member has a resource; then nothing has to be kept, and members that do not run are started with the others. `last`: only when
   * the new configuration is in force, for this reason.
   */
  | ({
      readonly kind: 'restart-cluster';
      readonly members: readonly string[];
      readonly isEmpty: boolean;
      readonly last?: string;
    } & SbdDelay)
  | {
      readonly kind: 'replace-cib';
      readonly members: readonly string[];
      readonly cib: Cib;
      /** `admin_epoch.epoch` of the configuration that the plan saw; absent: the cluster is started by this plan. */
      readonly seen?: string;
    }
  | { readonly kind: 'wait-until-settled'; readonly members: readonly string[] }
  /** Stops all resources through the cluster: workloads end, the address goes, the state is unmounted. */
  | { readonly kind: 'stop-resources'; readonly members: readonly string[] }
  /** Stops Pacemaker and Corosync everywhere and forgets the cluster's configuration. */
  | { readonly kind: 'remove-cluster'; readonly members: readonly string[] }
  | { readonly kind: 'forget'; readonly host: string };

/** How long SBD waits before Pacemaker may start after it (SBD_DELAY_START); absent: no SBD. */
export interface SbdDelay {
  readonly sbdDelayMs?: number;
}

export interface WriteFileStep {
  readonly kind: 'write-file';
  readonly host: string;
  readonly path: string;
  readonly mode: number;
  readonly content: FileContent;
  readonly change: 'create' | 'replace' | 'permissions';
  /** What a text file holds now. */
  readonly before?: string;
}

export interface MakeFileSystemStep {
  readonly kind: 'make-file-system';
  /** Made on the first; the others must then see it. */
  readonly hosts: readonly [string, ...string[]];
  readonly device: string;
  readonly filesystem: 'ext4' | 'xfs';
  readonly uuid: string;
  /** What is destroyed, in the form of `describeContent`; absent: the device is empty. */
  readonly destroys?: string;
}

/** What concerns both ends of a replica; the first is the one that makes things. */
export interface ReplicaStep {
  readonly hosts: readonly [string, string];
  readonly resource: string;
  readonly minor: number;
}

/** Gives a disk to DRBD, which writes its notes to the end of it. */
export interface MakeReplicaEndStep {
  readonly kind: 'make-replica-end';
  readonly host: string;
  readonly resource: string;
  readonly disk: string;
  /** What is destroyed, in the form of `describeContent`; absent: the disk is empty. */
  readonly destroys?: string;
}

/** Lets the data of the first end be the first ones. */
export interface SeedReplicaStep extends ReplicaStep {
  readonly kind: 'seed-replica';
  /** Whether the whole disk is copied to the other end; not where both were empty. */
  readonly copies: boolean;
}

export interface MakeReplicaFileSystemStep {
  readonly kind: 'make-replica-file-system';
  readonly hosts: readonly [string, string];
  readonly resource: string;
  /** DRBD's device. */
  readonly device: string;
  readonly filesystem: 'ext4' | 'xfs';
  readonly uuid: string;
  readonly destroys?: string;
}

/** Waits for a copy that DRBD makes by itself; the workloads run meanwhile. */
export interface AwaitSyncStep extends ReplicaStep {
  readonly kind: 'await-sync';
  /** Below each end. */
  readonly disks: readonly [string, string];
  /** How many times longer than usual these machines are waited for. */
  readonly patience: number;
  /**
   * Present where something that must not happen to the only good end comes later: `effects`: before anything that runs is told of
   * a change; `cluster`: before the cluster is, for a copy that this plan begins.
   */
  readonly before?: keyof typeof awaitStages;
}

/** Gives the nodes the certificates with which corosync-qdevice reaches corosync-qnetd. */
export interface EnrolQdeviceStep {
  readonly kind: 'enrol-qdevice';
  readonly host: string;
  readonly clusterName: string;
  readonly nodes: readonly string[];
}

/**
 * Steps run in this order; those of one stage at the same time, one after another on each host. First everything that
 * disturbs nobody, then the cluster, then its configuration; what is no longer wanted goes last, when nothing uses it.
 */
const stages: Readonly<Record<Step['kind'], number>> = {
  record: 0,
  'install-packages': 1,
  'make-directory': 2,
  'write-file': 2,
  'daemon-reload': 3,
  'update-ca-certificates': 3,
  'disable-units': 3,
  'stop-unit': 3,
  'restart-qnetd': 3,
  'enable-units': 3,
  'adjust-replica': 4,
  'make-file-system': 4,
  'make-replica-end': 4,
  'join-replica': 4.1,
  'seed-replica': 4.2,
  'make-replica-file-system': 4.3,
  'enrol-qdevice': 4,
  'start-unit': 5,
  'restart-cluster': 6,
  'start-cluster': 6,
  'reload-corosync': 8,
  'replace-cib': 9,
  'wait-until-settled': 10,
  'disable-sbd': 10.1,
  'await-sync': 10.5,
  'stop-resources': 10,
  'remove-cluster': 11,
  'remove-file': 12,
  forget: 14,
};

const recordStages = { before: 0, prepared: 5, joined: 7, after: 15 } as const;

const awaitStages = { effects: 2.5, cluster: 5.5 } as const;

export function stageOf(step: Step): number {
  if (step.kind === 'record') return recordStages[step.when];
  if ((step.kind === 'daemon-reload' || step.kind === 'update-ca-certificates') && step.after === 'removal') return 13;
  // It brings Corosync with it, which start-cluster must do with all members at once.
  if (step.kind === 'start-unit' && step.unit === 'corosync-qdevice.service') return 8;
  if (step.kind === 'restart-cluster' && step.last !== undefined) return 10.2;
  if (step.kind === 'await-sync' && step.before !== undefined) return awaitStages[step.before];
  return stages[step.kind];
}

/** The machines that a step runs on. */
export function hostsOf(step: Step): readonly string[] {
  switch (step.kind) {
    case 'make-file-system':
    case 'join-replica':
    case 'seed-replica':
    case 'make-replica-file-system':
    case 'await-sync':
    case 'start-cluster':
      return step.hosts;
    case 'reload-corosync':
    case 'restart-cluster':
    case 'replace-cib':
    case 'wait-until-settled':
    case 'stop-resources':
    case 'remove-cluster':
      return step.members;
    case 'enrol-qdevice':
      return [step.host, ...step.nodes];
    default:
      return [step.host];
  }
}

const recordWords = {
  before: 'what begins',
  prepared: 'that it is prepared',
  joined: 'that its cluster is ours',
  after: 'what is done',
} as const;

/** What is gone after the step, in the form of `describeContent`; undefined: nothing that anybody put there. */
export function destroysOf(step: Step): string | undefined {
  switch (step.kind) {
    case 'make-file-system':
    case 'make-replica-end':
    case 'make-replica-file-system':
      return step.destroys;
    default:
      return undefined;
  }
}

/** The step as an order to somebody: "write /etc/corosync/corosync.conf on alpha". */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'record':
      return `note on ${step.host} ${recordWords[step.when]}`;
    case 'install-packages':
      return `install ${step.packages.join(', ')} on ${step.host}`;
    case 'make-directory':
      return `make the directory ${step.path} on ${step.host}`;
    case 'write-file':
      return step.change === 'permissions'
        ? `set owner and permissions of ${step.path} on ${step.host}`
        : `write ${step.path} on ${step.host}`;
    case 'remove-file':
      return `remove ${step.path} on ${step.host}`;
    case 'daemon-reload':
      return `let systemd read its units again on ${step.host}`;
    case 'update-ca-certificates':
      return `update the certificate store on ${step.host}`;
    case 'enable-units':
      return `enable ${step.units.join(', ')} on ${step.host}`;
    case 'disable-units':
      return `disable ${step.units.join(', ')} on ${step.host}`;
    case 'disable-sbd':
      return `let sbd.service no longer start with Corosync on ${step.host}`;
    case 'start-unit':
      return `start ${step.unit} on ${step.host}`;
    case 'stop-unit':
      return `stop ${step.unit} on ${step.host}`;
    case 'restart-qnetd':
      return `restart corosync-qnetd.service on ${step.host}`;
    case 'make-file-system': {
      const destroying = step.destroys === undefined ? '' : `, destroying ${step.destroys}`;
      return `make an ${step.filesystem} file system on ${step.device}, from ${step.hosts[0]}${destroying}`;
    }
    case 'make-replica-end': {
      const destroying = step.destroys === undefined ? '' : `, destroying ${step.destroys}`;
      return `give ${step.disk} on ${step.host} to DRBD${destroying}`;
    }
    case 'join-replica':
      return `bring the disks of ${step.hosts[0]} and ${step.hosts[1]} together`;
    case 'seed-replica':
      return step.copies
        ? `begin to copy the whole disk of ${step.hosts[0]} to ${step.hosts[1]}`
        : 'begin with both disks empty, without a copy';
    case 'make-replica-file-system': {
      const destroying = step.destroys === undefined ? '' : `, destroying ${step.destroys}`;
      return `make an ${step.filesystem} file system on ${step.device}, from ${step.hosts[0]}${destroying}`;
    }
    case 'await-sync':
      return `wait until ${step.hosts[0]} and ${step.hosts[1]} hold the same${
        step.before === undefined ? '' : ', before anything there is restarted'
      }`;
    case 'adjust-replica':
      return `let DRBD read its configuration again on ${step.host}`;
    case 'enrol-qdevice':
      return `give ${step.nodes.join(', ')} certificates of ${step.host}`;
    case 'start-cluster':
      return `start the cluster on ${step.hosts.join(', ')}`;
    case 'reload-corosync':
      return `let Corosync read its configuration again on ${step.members.join(', ')}`;
    case 'restart-cluster':
      return step.isEmpty
        ? `restart the empty cluster on ${step.members.join(', ')}`
        : `restart the cluster on ${step.members.join(', ')} with the workloads running on${
            step.last === undefined ? '' : `, so that ${step.last}`
          }`;
    case 'replace-cib':
      return 'replace the cluster configuration';
    case 'wait-until-settled':
      return 'wait until the cluster has settled';
    case 'stop-resources':
      return 'stop the workloads, the address and the state through the cluster';
    case 'remove-cluster':
      return `stop the cluster and forget its configuration on ${step.members.join(', ')}`;
    case 'forget':
      return `forget what was applied on ${step.host}`;
  }
}
