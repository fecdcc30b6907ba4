import type { SecretName } from '../site/index.ts';

/** How a fence agent is asked to kill one node, in the agent's own parameter names; nothing of the cluster in it. */
export interface FenceDevice {
  /** The program in /usr/sbin. */
  readonly agent: string;
  /** No password stands here: the agent reads it from `secretPath` of each secret. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretName[];
  /** A certificate authority that the machine calling the device must trust, in PEM. */
  readonly caPem?: string;
  /** The longest that the agent may take before it is given up, in milliseconds. */
  readonly timeoutMs: number;
  /** The node stays off after it was fenced. */
  readonly staysOff: boolean;
}

/** Where a secret lies on the members, readable by root alone. */
export function secretPath(secret: SecretName): string {
  return `/etc/holdfast/secrets/${secret}`;
}
