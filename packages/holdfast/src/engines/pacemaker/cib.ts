/** The cluster configuration as one value. Order matters where Pacemaker makes it matter (groups, topology). */
export interface Cib {
  readonly properties: Readonly<Record<string, string>>;
  readonly resourceDefaults: Readonly<Record<string, string>>;
  readonly operationDefaults: Readonly<Record<string, string>>;
  readonly resources: readonly Resource[];
  readonly constraints: readonly Constraint[];
  /** How each target is fenced, where more than one device has a part in it; the order of the levels is that of `index`. */
  readonly fencingLevels: readonly FencingLevel[];
  readonly alerts: readonly Alert[];
}

/** A program that Pacemaker runs, as hacluster on every member, after each event of a kind. */
export interface Alert {
  readonly id: string;
  readonly path: string;
  readonly on: 'fencing';
  readonly timeoutMs: number;
  /** Reach the program as environment variables. */
  readonly attributes: Readonly<Record<string, string>>;
}

export type Resource = Primitive | Group | Clone;

export interface Primitive {
  readonly kind: 'primitive';
  readonly id: string;
  readonly class: 'ocf' | 'systemd' | 'stonith';
  readonly provider?: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly meta: Readonly<Record<string, string>>;
  readonly operations: readonly Operation[];
}

export interface Group {
  readonly kind: 'group';
  readonly id: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly members: readonly Primitive[];
}

/** Copies of one resource on several members at once. */
export interface Clone {
  readonly kind: 'clone';
  readonly id: string;
  /** Copies have the roles Promoted and Unpromoted (DRBD: primary and secondary). */
  readonly promotable: boolean;
  /** Without `promotable`, which is written from the field. */
  readonly meta: Readonly<Record<string, string>>;
  readonly member: Primitive | Group;
}

/** The names since Pacemaker 2.1.0 (schema 3.7); before, Master and Slave. */
export type Role = 'Promoted' | 'Unpromoted';

export interface Operation {
  readonly name: 'start' | 'stop' | 'monitor' | 'promote' | 'demote' | 'notify' | 'reload';
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly onFail?: 'restart' | 'fence' | 'block' | 'standby' | 'ignore';
  /** OCF_CHECK_LEVEL: how deep the agent looks, in its own scale. */
  readonly checkLevel?: number;
  /** Of a monitor: only copies in this role. Two monitors of one resource need different intervals. */
  readonly role?: Role;
}

/** One attempt at making `target` dead: all `devices`, by resource id. The next level is tried when one of them fails. */
export interface FencingLevel {
  readonly id: string;
  readonly target: string;
  /** From 1; Pacemaker knows nine. */
  readonly index: number;
  readonly devices: readonly [string, ...string[]];
  /** Stand behind the watchdog of a level, which ends with it: never asked, only their timeouts are counted into the whole. */
  readonly onlyCounted?: readonly string[];
}

export type Constraint = LocationConstraint | LocationRule | ColocationConstraint | OrderConstraint;

export type Score = number | 'INFINITY' | '-INFINITY';

export interface LocationConstraint {
  readonly kind: 'location';
  readonly id: string;
  readonly resource: string;
  readonly node: string;
  readonly score: Score;
  /** `never`: Pacemaker does not even ask there whether the resource runs, so its agent need not be installed. */
  readonly discovery?: 'never';
}

/** Where a resource had better be, by an attribute that an agent keeps up to date on each node. */
export interface LocationRule {
  readonly kind: 'location-rule';
  readonly id: string;
  readonly resource: string;
  /** The node attribute whose value is the score of that node. A node without it scores nothing. */
  readonly scoreAttribute: string;
}

/** `resource` runs only where `with` does (in that role). */
export interface ColocationConstraint {
  readonly kind: 'colocation';
  readonly id: string;
  readonly resource: string;
  readonly with: string;
  readonly withRole?: Role;
  readonly score: Score;
}

/** `next` starts after `first` has been started or promoted, and `first` is stopped or demoted after `next`. */
export interface OrderConstraint {
  readonly kind: 'order';
  readonly id: string;
  readonly first: string;
  readonly firstAction: 'start' | 'promote';
  readonly next: string;
}

/** Every primitive of a resource, itself or within. */
export function primitivesOf(resource: Resource): readonly Primitive[] {
  switch (resource.kind) {
    case 'primitive':
      return [resource];
    case 'group':
      return resource.members;
    case 'clone':
      return primitivesOf(resource.member);
  }
}
