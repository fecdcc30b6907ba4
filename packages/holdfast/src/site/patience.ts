import { timingProfiles } from './defaults.ts';
import type { Site } from './site.ts';

/**
 * How many times longer than usual the machines of a site are waited for, at least 1. Who gives its members five times the usual
 * token has machines that pause, and they take as much longer to say how they are.
 */
export function patience({ timing }: Pick<Site, 'timing'>): number {
  return Math.max(timing.slowness, timing.tokenMs / timingProfiles.lan.tokenMs);
}
