import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { HoldfastError, whyUnreadable } from '../core/index.ts';
import { parseSite } from './parse.ts';
import type { Site } from './site.ts';

/** Reads and checks the site file at `path`. Throws a HoldfastError with every mistake in it. */
export async function readSite(path: string): Promise<Site> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HoldfastError(
      {
        code: 'HF-SITE-UNREADABLE',
        message: `The site file ${path} ${whyUnreadable(cause)}.`,
        remedy: 'Name a site file that exists and that you may read; docs/site-file.md says how to write one.',
        source: 'user',
      },
      { cause },
    );
  });
  return parseSite(text, { file: path, readFile: (referenced) => readFileSync(referenced, 'utf8') });
}
