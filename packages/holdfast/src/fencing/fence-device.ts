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
  /** How long a call that switches off takes where the device is well, in milliseconds: an allowance, not a limit. */
  readonly allowanceMs: number;
  /** It answers also while its node has no power, and so confirms that. */
  readonly confirmsPowerLoss: boolean;
  /** Debian packages that the agent needs and does not depend on. */
  readonly packages: readonly string[];
  /** Programs that the agent calls, for every member. */
  readonly programs: readonly { readonly path: string; readonly text: string }[];
}

/** Where a secret lies on the members, readable by root alone. */
export function secretPath(secret: SecretName): string {
  return `/etc/holdfast/secrets/${secret}`;
}
