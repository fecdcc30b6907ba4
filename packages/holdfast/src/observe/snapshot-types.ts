import type { DrbdReport } from '../engines/drbd/index.ts';

/** What is known of a running site at one instant, from every member's own view. Serialisable; times in milliseconds. */

/** Something that was read, or the reason why it could not be. Unknown is never fine. */
export type Reading<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export interface Snapshot {
  readonly site: string;
  /** Wall time of the observer when the survey began. */
  readonly takenAtMs: number;
  readonly tookMs: number;
  /** The nodes in the order of the site file, then the witness. */
  readonly machines: readonly MachineReport[];
}

export type MachineReport = UnreachableMachine | ReachableMachine;

interface MachineIdentity {
  readonly name: string;
  readonly role: 'node' | 'member-witness' | 'qnetd-witness';
}

export interface UnreachableMachine extends MachineIdentity {
  readonly reachable: false;
  readonly why: string;
}

export interface ReachableMachine extends MachineIdentity {
  readonly reachable: true;
  /** How far its clock is ahead of the observer's: surely between these two. */
  readonly clockAheadMs: { readonly atLeast: number; readonly atMost: number };
  readonly quorum: Reading<QuorumView>;
  /** Its links to every peer it has, reachable or not. */
  readonly links: Reading<readonly LinkView[]>;
  readonly cluster: Reading<ClusterView>;
  readonly configuration: Reading<ConfigurationView>;
  /** Whether this machine holds the virtual address. */
  readonly holdsAddress: Reading<boolean>;
  readonly device: Reading<DeviceView>;
  /** Of a node with a replicated state: what DRBD says there. */
  readonly replica?: Reading<DrbdReport>;
  /** Where the state's device is mounted, and whatever is mounted at its mount point. */
  readonly mounts: Reading<readonly MountView[]>;
  /** The file system on which Corosync and Pacemaker keep what they must not forget. */
  readonly systemDisk: Reading<SystemDiskView>;
  readonly units: Reading<readonly UnitView[]>;
  readonly probes: readonly ProbeView[];
  /** Files that must be there; those with a hash must be the same on both nodes. */
  readonly files: Reading<readonly FileView[]>;
  /** Debian package name to version. */
  readonly packages: Reading<Readonly<Record<string, string>>>;
}

/** `why`: what the system said to a write. */
export type SystemDiskView = { readonly writable: true } | { readonly writable: false; readonly why: string };

export interface QuorumView {
  readonly quorate: boolean;
  readonly nodeId: number;
  readonly expectedVotes: number;
  readonly totalVotes: number;
  /** Votes needed. */
  readonly quorum: number;
  /** As corosync-quorumtool prints them: `2Node`, `Quorate`, `WaitForAll`, `Qdevice`. */
  readonly flags: readonly string[];
  /** Votes of the quorum device as cast now; absent: none is registered. */
  readonly qdeviceVotes?: number;
}

export interface LinkView {
  readonly peer: string;
  readonly link: number;
  readonly connected: boolean;
}

/** Pacemaker's state as one member sees it (crm_mon). */
export interface ClusterView {
  readonly dc: string | null;
  readonly quorate: boolean;
  readonly fencingEnabled: boolean;
  readonly maintenanceMode: boolean;
  readonly nodes: readonly ClusterNode[];
  /** By node: the attributes that its resources and agents have set. */
  readonly nodeAttributes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly resources: readonly ClusterResource[];
  readonly history: readonly ResourceHistory[];
  readonly failures: readonly FailedOperation[];
  /** Newest first. */
  readonly fencing: readonly FencingEvent[];
}

export interface ClusterNode {
  readonly name: string;
  readonly online: boolean;
  readonly standby: boolean;
  readonly maintenance: boolean;
  readonly pending: boolean;
  readonly unclean: boolean;
  readonly shuttingDown: boolean;
}

export interface ClusterResource {
  readonly id: string;
  readonly agent: string;
  readonly group?: string;
  /** `Started`, `Stopped`, `Starting`, `Stopping`, … */
  readonly role: string;
  /** What the configuration asks for, where it does not ask for `Started`. */
  readonly targetRole?: string;
  readonly active: boolean;
  readonly blocked: boolean;
  readonly managed: boolean;
  readonly failed: boolean;
  readonly orphaned: boolean;
  /** An operation that is running now. */
  readonly pending?: string;
  readonly nodes: readonly string[];
}

/** What happened to one resource on one node. */
export interface ResourceHistory {
  readonly node: string;
  readonly resource: string;
  /** `INFINITY` is `Number.MAX_SAFE_INTEGER`, so that it survives JSON. */
  readonly failCount: number;
  readonly migrationThreshold: number;
  /** The exit code of the last recurring monitor; absent: none has run. */
  readonly lastMonitorExitCode?: number;
}

/** An operation whose failure the cluster still remembers. */
export interface FailedOperation {
  readonly node: string;
  readonly resource: string;
  /** `start`, `stop`, `monitor`, … */
  readonly task: string;
  /** OCF's exit code. */
  readonly exitCode: number;
  /** What the exit code means, and what the agent said, in words. */
  readonly reason: string;
}

export interface FencingEvent {
  readonly status: 'failed' | 'success' | 'pending';
  readonly action: string;
  readonly target: string;
  readonly completed?: string;
  readonly reason?: string;
}

/** What of the cluster's configuration bears on where things may run. */
export interface ConfigurationView {
  readonly properties: Readonly<Record<string, string>>;
  /** By node: its permanent attributes. */
  readonly nodeAttributes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly locations: readonly LocationView[];
  /** What DRBD's fence handler has said: the replica may be promoted on this node only. */
  readonly promotableOnly?: { readonly id: string; readonly node: string };
}

export interface LocationView {
  readonly id: string;
  readonly resource: string;
  readonly node: string;
  readonly score: number;
  /** When it stops to count; absent: never. */
  readonly endsAtMs?: number;
}

export interface DeviceView {
  readonly present: boolean;
  /** What the path leads to. */
  readonly resolved: string;
  /** The file system's UUID, read from the device just now; absent: it could not be read. */
  readonly uuid?: string;
}

export interface MountView {
  readonly source: string;
  readonly target: string;
  readonly filesystem: string;
  readonly readOnly: boolean;
}

export interface UnitView {
  readonly unit: string;
  /** `loaded`, `not-found`, `masked`, … */
  readonly load: string;
  /** `active`, `inactive`, `failed`, `activating`, … */
  readonly active: string;
  /** `enabled`, `disabled`, `static`, … */
  readonly enabled: string;
  /** Whether systemd works with an older text than the one on disk. */
  readonly needsReload: boolean;
}

export interface ProbeView {
  readonly workload: string;
  /** `not-asked`: its unit does not run on this machine, or the site accepts having no probe. */
  readonly answer: 'good' | 'bad' | 'not-asked' | 'unknown';
  readonly detail?: string;
}

export interface FileView {
  readonly path: string;
  readonly exists: boolean;
  readonly mode?: number;
  readonly sizeBytes?: number;
  /** Absent for secrets: a hash of a short password gives it away. */
  readonly sha256?: string;
}
