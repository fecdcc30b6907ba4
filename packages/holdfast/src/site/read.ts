import { HoldfastError } from '../core/index.ts';
import type { Site } from './site.ts';

/** Reads and checks the site file at `path`. Throws a HoldfastError with every mistake in it. */
export async function readSite(path: string): Promise<Site> {
  throw new HoldfastError({
    code: 'HF-SITE-UNREADABLE',
    message: `${path} is not read yet.`,
    remedy: 'Wait.',
    source: 'tool',
  });
}
