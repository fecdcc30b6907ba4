import type { DrbdReport } from '../engines/drbd/index.ts';

/** What is true on the machines of a site at one moment, as far as a plan needs it. Serialisable; holds no secret. */
export interface Facts {
  readonly hosts: readonly HostFacts[];
}

export interface HostFacts {
  readonly name: string;
  /** What `uname -n` prints: the name that Corosync and Pacemaker go by. */
  readonly nodeName: string;
  readonly kernel: string;
  readonly architecture: string;
  /** From /etc/os-release. */
  readonly os: { readonly id: string; readonly version: string; readonly name: string };
  readonly hasApt: boolean;
  /** How far the machine's clock is ahead of ours; right to about the time of one round trip. */
  readonly clockOffsetMs: number;
  /** Bytes free under /var. */
  readonly freeBytes: number;
  /** Versions of those of the wanted packages that are installed. */
  readonly packages: Readonly<Record<string, string>>;
  /** Every file asked for. */
  readonly files: Readonly<Record<string, FileFact>>;
  /** Every unit asked for. */
  readonly units: Readonly<Record<string, UnitFact>>;
  /** Every device asked for. */
  readonly devices: Readonly<Record<string, DeviceFact>>;
  /** Every mount point asked for. */
  readonly mountPoints: Readonly<Record<string, MountPointFact>>;
  /** Addresses on interfaces, without prefix length. */
  readonly addresses: readonly string[];
  /** Whether the virtual address answers a ping; asked only where no cluster runs, null where it was not. */
  readonly virtualAddressAnswers: boolean | null;
  readonly cluster: ClusterFact;
  /** Whether Pacemaker's scheduler can be run there (crm_simulate). */
  readonly hasScheduler: boolean;
  /** Of a node with a replicated state. */
  readonly replica?: ReplicaFact;
  /** `-o metadata` of those of the wanted fence agents that are there. */
  readonly fenceAgents?: Readonly<Record<string, string>>;
  /** What stands where a watchdog is wanted; asked only there. `softdog`: nothing yet, but the kernel has the module. */
  readonly watchdog?: 'device' | 'softdog' | 'none';
  /** What Holdfast noted there in earlier runs. */
  readonly record: HostRecord;
}

export type FileFact =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'file';
      readonly sha256: string;
      readonly mode: number;
      /** `user:group`. */
      readonly owner: string;
      /** Only for a text file that differs from the wanted one. */
      readonly text?: string;
    }
  /** A regular file whose content the machine did not tell. */
  | { readonly kind: 'unreadable' }
  /** Something that is no regular file stands in its place. */
  | { readonly kind: 'other'; readonly what: string };

export interface UnitFact {
  /** systemd's LoadState: `loaded`, `not-found`, `masked`, … */
  readonly load: string;
  /** systemd's ActiveState. */
  readonly active: string;
  /** systemd's UnitFileState; empty where it has none. */
  readonly enabled: string;
  readonly needsReload: boolean;
  /** SHA-256 of the unit's definition without our own drop-ins; for workload units only. */
  readonly definition?: string;
}

export type DeviceFact =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'block';
      readonly sizeBytes: number;
      readonly mountedAt?: string;
      /** Device-mapper, RAID or other block devices built on it. */
      readonly holders: readonly string[];
      /** Serial number or WWN, where the machine knows one. */
      readonly identity?: string;
      readonly content: DeviceContent;
      /** What a check found on a file system that our note says is being made; absent: nothing, or there is no such note. */
      readonly damage?: string;
    };

export type DeviceContent =
  /** No signature that blkid or wipefs knows, and the first and last 4 MiB are zero. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'filesystem'; readonly type: string; readonly uuid: string; readonly label?: string }
  /** A partition table, a RAID or LVM member, an encrypted volume, … */
  | { readonly kind: 'signature'; readonly type: string; readonly id: string }
  /** No known signature, but not zero. */
  | { readonly kind: 'unknown'; readonly fingerprint: string };

export interface ReplicaFact {
  /** The version of the DRBD module that is loaded, or that could be. */
  readonly moduleVersion?: string;
  /** What DRBD says of the resource; null: it says nothing that is understood, as before its tools are there. */
  readonly report: DrbdReport | null;
  /** The file system at the beginning of the disk: with notes at its end, that is what is seen through DRBD. */
  readonly fileSystem?: { readonly type: string; readonly uuid: string };
  /** The size of DRBD's device there, as it is in use or was when it last was; absent: none yet, or it is not known. */
  readonly usedBytes?: number;
}

export interface MountPointFact {
  readonly exists: boolean;
  readonly mounted: boolean;
  /** Something lies in the directory itself and a mount would hide it. */
  readonly holdsFiles: boolean;
}

export type ClusterFact =
  /** Pacemaker does not run and never had a configuration there. */
  | { readonly kind: 'none' }
  /** Pacemaker does not run; the configuration it would start with. */
  | { readonly kind: 'stopped'; readonly cibXml: string }
  | { readonly kind: 'running'; readonly cibXml: string }
  /** Pacemaker runs but does not answer. */
  | { readonly kind: 'silent' };

/**
 * What Holdfast keeps on a machine about itself, in /var/lib/holdfast/applied: the files it has written, the effects of
 * changed files that are still to come, and a file system that is being made. It is written before the deed.
 */
export interface HostRecord {
  readonly files: readonly string[];
  readonly pending: readonly string[];
  readonly formatting: readonly { readonly device: string; readonly uuid: string }[];
}

export const recordPath = '/var/lib/holdfast/applied';

export const emptyRecord: HostRecord = { files: [], pending: [], formatting: [] };

export function factsOf(facts: Facts, host: string): HostFacts {
  const found = facts.hosts.find((each) => each.name === host);
  if (found === undefined) throw new Error(`no facts of ${host}`);
  return found;
}
