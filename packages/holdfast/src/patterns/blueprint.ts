import type { Cib, CrashCounting } from '../engines/pacemaker/index.ts';
import type { SecretName } from '../site/index.ts';

/** Everything that shall be true on the machines of a site: desired, complete, serialisable, without a secret in it. */
export interface Blueprint {
  readonly site: string;
  readonly hosts: readonly HostSpec[];
  readonly cluster: ClusterSpec;
  /** Present where the state is a disk in each node. */
  readonly replica?: ReplicaSpec;
}

/** Two disks that DRBD keeps the same, seen as one device. */
export interface ReplicaSpec {
  /** DRBD's name for it. */
  readonly resource: string;
  readonly minor: number;
  /** The device that DRBD makes of the two. */
  readonly device: string;
  readonly filesystem: 'ext4' | 'xfs';
  /** The first makes the file system. */
  readonly ends: readonly [ReplicaEnd, ReplicaEnd];
}

export interface ReplicaEnd {
  readonly host: string;
  readonly disk: string;
}

export interface ClusterSpec {
  /** The complete configuration section. */
  readonly cib: Cib;
  /** How the Pacemaker that this is for counts crashes; the thresholds in `cib` follow from it. */
  readonly crashCounting: CrashCounting;
  /** Corosync members, by name. */
  readonly members: readonly string[];
  /** Present where a corosync-qnetd host votes: the nodes need certificates from it before corosync-qdevice can run. */
  readonly qnetd?: QnetdSpec;
}

export interface QnetdSpec {
  /** The machine that runs corosync-qnetd. */
  readonly host: string;
  /** The name in the certificates: that of the Corosync cluster. */
  readonly clusterName: string;
  readonly nodes: readonly string[];
}

export interface HostSpec {
  readonly name: string;
  readonly role: 'node' | 'witness';
  /** Debian package names. */
  readonly packages: readonly string[];
  readonly files: readonly FileSpec[];
  readonly units: readonly UnitSpec[];
  readonly devices: readonly DeviceSpec[];
}

export interface FileSpec {
  readonly path: string;
  /** Permission bits, e.g. 0o600. Owner and group are root. */
  readonly mode: number;
  readonly content: FileContent;
  /** What must happen on this host after the file has changed, in this order over all files. */
  readonly onChange: readonly FileChangeEffect[];
}

export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  /** Filled from the secrets file at apply time, and only there. `base64` entries are decoded. `around` may be seen by all. */
  | {
      readonly kind: 'secret';
      readonly secret: SecretName;
      readonly encoding: 'utf8' | 'base64';
      readonly around?: { readonly before: string; readonly after: string };
    };

export type FileChangeEffect =
  | 'daemon-reload'
  | 'update-ca-certificates'
  | 'reload-corosync'
  | 'restart-cluster'
  /** SBD reads its settings when it starts, and that it does with Corosync only. */
  | 'restart-sbd'
  | 'adjust-replica'
  | 'restart-qnetd';

export interface UnitSpec {
  readonly unit: string;
  readonly enabled: boolean;
  /** `any`: the cluster decides. */
  readonly running: boolean | 'any';
}

export interface DeviceSpec {
  readonly path: string;
  readonly filesystem: 'ext4' | 'xfs';
  /** Seen by several hosts as one device: made once, on one of them. */
  readonly shared: boolean;
}
