/** The cluster configuration as one value. Order matters where Pacemaker makes it matter (groups, topology). */
export interface Cib {
  readonly properties: Readonly<Record<string, string>>;
  readonly resourceDefaults: Readonly<Record<string, string>>;
  readonly operationDefaults: Readonly<Record<string, string>>;
  readonly resources: readonly (Primitive | Group)[];
  readonly constraints: readonly Constraint[];
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

export interface Operation {
  readonly name: 'start' | 'stop' | 'monitor';
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly onFail?: 'restart' | 'fence' | 'block' | 'standby' | 'ignore';
  /** OCF_CHECK_LEVEL: how deep the agent looks, in its own scale. */
  readonly checkLevel?: number;
}

export type Constraint = LocationConstraint;

export interface LocationConstraint {
  readonly kind: 'location';
  readonly id: string;
  readonly resource: string;
  readonly node: string;
  readonly score: number | 'INFINITY' | '-INFINITY';
  /** `never`: Pacemaker does not even ask there whether the resource runs, so its agent need not be installed. */
  readonly discovery?: 'never';
}
