import type { Problem } from '../core/index.ts';
import type { Blueprint } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { FormatPermission } from './device-content.ts';
import type { Facts } from './facts.ts';
import type { SecretDigests } from './secret-digests.ts';

/** Everything a plan is made from. */
export interface PlanInput {
  readonly site: Site;
  readonly blueprint: Blueprint;
  readonly facts: Facts;
  readonly secretDigests: SecretDigests;
  /** Values of secrets that cannot be right: too long for their device, say. */
  readonly secretProblems?: readonly Problem[];
  /** For a file system that is made by this plan. Random; the same for a plan that shall be compared with this one. */
  readonly fileSystemUuid: string;
  readonly mayFormat: readonly FormatPermission[];
}
