/** The site as the rest of Holdfast sees it: parsed, complete, with every default filled in. Times are milliseconds. */

import type { acceptableRisks } from './defaults.ts';

export interface Site {
  /** The version of the site-file format. */
  readonly version: 1;
  /** Lower-case letters, digits and `-`, at most 32: it names the cluster and files. */
  readonly name: string;
  readonly objectives: Objectives;
  readonly pattern: 'active-passive';
  /** In the order of the file; the index is the Corosync node id minus one. Exactly two in this pattern. */
  readonly nodes: readonly [SiteNode, SiteNode];
  readonly witness?: Witness;
  readonly address: VirtualAddress;
  /** What the active node must reach by ping; at most eight. Empty: a lost clients' cable goes unnoticed. */
  readonly reach: readonly string[];
  readonly state: State;
  /** Started in this order, stopped in the reverse one. */
  readonly workloads: readonly [Workload, ...Workload[]];
  readonly timing: Timing;
  /** Dangers the file accepts in words. Repeated by every plan and status. */
  readonly acceptedRisks: readonly AcceptedRisk[];
  /** How the machines are reached. */
  readonly ssh: SshSettings;
  readonly drill: DrillSettings;
}

export interface Objectives {
  readonly rtoMs: number;
  /** Acknowledged writes that may be lost, in milliseconds of writing; 0 means none. */
  readonly rpoMs: number;
}

export interface Machine {
  /** The host name: what `uname -n` prints there, and the name in Corosync and Pacemaker. */
  readonly name: string;
  /** An OpenSSH destination: `host`, `user@host`, or an alias of the user's ssh_config. */
  readonly ssh: string;
  /** Run commands through `sudo -n`. */
  readonly sudo: boolean;
}

export interface SiteNode extends Machine {
  /** Corosync addresses, link 0 first. One to eight; the same number on every member. */
  readonly links: readonly [string, ...string[]];
  /** Absent only where the file accepts the risk `no-fencing`. */
  readonly fencing?: NodeFencing;
}

export type Witness = MemberWitness | QnetdWitness;

/** A third Corosync member that votes and may fence, but never runs a resource. */
export interface MemberWitness extends Machine {
  readonly kind: 'member';
  readonly links: readonly [string, ...string[]];
}

/** A host that runs corosync-qnetd and gives the two nodes a third vote. */
export interface QnetdWitness extends Machine {
  readonly kind: 'qnetd';
  /** Where the nodes reach corosync-qnetd. */
  readonly address: string;
}

/** The name of an entry in the encrypted secrets file. */
export type SecretName = string;

/** How a node is made surely dead. */
export interface NodeFencing {
  /** Tried in this order until one has succeeded; at most nine. */
  readonly levels: readonly [DeviceLevel, ...DeviceLevel[]];
  /** What becomes of a fenced machine: switched on again so that it can come back as the passive node, or left off. */
  readonly after: 'restart' | 'stay-off';
}

/** All of them must switch off: the two outlets of a double power supply. */
export type DeviceLevel = readonly [FencingDevice, ...FencingDevice[]];

export type FencingDevice = RedfishDevice | IpmiDevice | AgentDevice | WatchdogDevice;

/** What a management controller of the machine has, whatever it speaks. */
interface Bmc {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly password: SecretName;
  /** `shared`: it goes dark with its machine, and so cannot confirm a loss of power. */
  readonly power: 'shared' | 'own';
  /** A call that takes longer has failed. */
  readonly timeoutMs: number;
}

export interface RedfishDevice extends Bmc {
  readonly type: 'redfish';
  /** The Redfish path of the machine, such as `/redfish/v1/Systems/1`. */
  readonly systemUri: string;
  /** `verified` trusts the system's certificate store, with `caPem` added where given; `insecure` was accepted in words. */
  readonly tls: { readonly mode: 'verified'; readonly caPem?: string } | { readonly mode: 'insecure' };
}

export interface IpmiDevice extends Bmc {
  readonly type: 'ipmi';
  /** As `ipmitool -C` takes it; absent: the best one that the device offers. */
  readonly cipher?: string;
  readonly privilege: 'operator' | 'administrator';
}

/** Any fence agent by name. */
export interface AgentDevice {
  readonly type: 'agent';
  readonly agent: string;
  /** In the agent's own names; no password among them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** By the parameter that the secret fills. */
  readonly secrets: Readonly<Record<string, SecretName>>;
  readonly timeoutMs: number;
}

/** The machine resets itself: SBD without a disk. Only where a witness decides who may go on. */
export interface WatchdogDevice {
  readonly type: 'watchdog';
  readonly device: string;
  /** Whole seconds, in milliseconds; the same on both nodes. */
  readonly timeoutMs: number;
  /** The kernel module to load for a machine without a watchdog of its own. */
  readonly module?: 'softdog';
}

export interface VirtualAddress {
  readonly ip: string;
  readonly prefixLength: number;
}

/** The data that moves with the workloads: mounted on the active node only. */
export type State = SharedBlockState | DrbdState;

interface MountedState {
  /** What is mounted. */
  readonly device: string;
  readonly filesystem: 'ext4' | 'xfs';
  readonly mountPoint: string;
  /** Mount options, as mount(8) takes them. */
  readonly options: readonly string[];
}

/** A block device that both nodes see (LUN, SAS disk); `device` is a path that means the same one on both. */
export interface SharedBlockState extends MountedState {
  readonly type: 'shared-block';
}

/** A disk in each node, kept the same by DRBD; `device` is DRBD's own. */
export interface DrbdState extends MountedState {
  readonly type: 'drbd';
  /** The devices below, in the order of the nodes. */
  readonly disks: readonly [string, string];
  /** The link whose network carries the writes; the index of an address in the nodes' `links`. */
  readonly link: number;
  readonly port: number;
  /** The checksum of every write on its way; absent: none. */
  readonly integrity?: 'crc32c' | 'sha1' | 'sha256';
}

export interface Workload {
  readonly name: string;
  /** The systemd unit, with its suffix. */
  readonly unit: string;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Absent only where the file accepts the risk `no-probe`: then the unit being active is all that is known. */
  readonly probe?: Probe;
}

/** A question to the workload itself, asked on its node. Anything but a good answer within the timeout is unhealthy. */
export type Probe = HttpProbe | TcpProbe | CommandProbe;

interface ProbeTiming {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Healthy: any status 2xx with a body that is not empty. */
export interface HttpProbe extends ProbeTiming {
  readonly kind: 'http';
  readonly url: string;
}

/** Healthy: the port accepts a connection. */
export interface TcpProbe extends ProbeTiming {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** Healthy: the program ends with exit code 0. Run by /bin/sh as root. */
export interface CommandProbe extends ProbeTiming {
  readonly kind: 'command';
  readonly command: string;
}

export interface Timing {
  readonly profile: 'lan' | 'cloud' | 'custom';
  readonly tokenMs: number;
  readonly consensusMs: number;
  /** Crashes on one node before the workload moves to the other. */
  readonly migrationThreshold: number;
  /** After this long without a failure, earlier ones no longer count. */
  readonly failureTimeoutMs: number;
  /** How many times slower the machines are than a server, at least 1. */
  readonly slowness: number;
}

export interface AcceptedRisk {
  readonly risk: (typeof acceptableRisks)[number];
  /** The reason in the author's words. */
  readonly because: string;
}

export interface SshSettings {
  /** An ssh_config file, absolute; absent: the user's own. */
  readonly configFile?: string;
}

export interface DrillSettings {
  /** Where the client of a drill stands: a network namespace of this machine, by name; absent: this machine. */
  readonly clientNamespace?: string;
  /** Whether the machines are those of the lab on this computer: then power and cables are its own, not a device's. */
  readonly lab: boolean;
  /** The service that the probe writes to, through the virtual address. */
  readonly target?: LedgerTarget;
}

export interface LedgerTarget {
  readonly kind: 'ledger';
  readonly port: number;
  /** Writes a second. */
  readonly rate: number;
}
