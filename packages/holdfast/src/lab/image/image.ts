import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgressSink } from '../../core/index.ts';
import { hostCommand } from '../host-command.ts';
import { cacheDirectory } from '../layout.ts';
import { withLock } from '../lock.ts';
import { type ImageRecipe, imageRecipe, type Release, recipeHash } from './recipe.ts';
import { buildRoot } from './root.ts';

const imageLock = `${cacheDirectory}/image.lock`;
const imageBuilder = 'A build of the lab image';
/** Whoever waits for another's build waits as long as a build may take. */
const buildLimitMs = 900_000;

/** The root file system that the lab's machines boot from, where it has been built; tests run its programs as oracles. */
export function findImageRoot(release?: Release): string | undefined {
  const root = imageRoot(imageRecipe(release));
  return existsSync(root) ? root : undefined;
}

/**
 * Gives the root file system of the recipe, building it when it is not in the cache (about two minutes).
 * Throws HF-LAB-IMAGE-BUILD with the last lines of mmdebstrap.
 */
export async function ensureImage(recipe: ImageRecipe, progress: ProgressSink, signal?: AbortSignal): Promise<string> {
  const directory = await ensureCached({
    directory: imageDirectory(recipe),
    title: `Building the lab image (${recipe.release}, once; takes about two minutes)`,
    progress,
    async build(unfinished) {
      const root = join(unfinished, 'root');
      await buildRoot(recipe, root, progress, signal);
      // What dpkg did not wait for must be on the disk before the image has its name.
      await hostCommand('sync', ['--file-system', root], { timeoutMs: 300_000 });
    },
  });
  return join(directory, 'root');
}

export interface CachedThing {
  /** Where it lies when it is complete; its name begins with `image-`. */
  readonly directory: string;
  readonly title: string;
  readonly progress: ProgressSink;
  /** Makes it in a folder that is there, and empty. */
  build(unfinished: string): Promise<void>;
}

/** Gives the folder, built once. What stands under its final name is complete: it is built beside it and renamed. */
export async function ensureCached({ directory, title, progress, build }: CachedThing): Promise<string> {
  if (existsSync(directory)) {
    return directory;
  }
  return withLock(
    imageLock,
    imageBuilder,
    async () => {
      if (existsSync(directory)) {
        return directory;
      }
      await removeUnfinished();
      progress({ kind: 'task-started', id: 'image', title });
      const startedAt = performance.now();
      const unfinished = join(cacheDirectory, `${unfinishedPrefix}${process.pid}`);
      await mkdir(unfinished, { recursive: true, mode: 0o755 });
      try {
        await build(unfinished);
        await rename(unfinished, directory);
      } catch (error) {
        await rm(unfinished, { recursive: true, force: true });
        progress({ kind: 'task-failed', id: 'image', message: error instanceof Error ? error.message : String(error) });
        throw error;
      }
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      progress({ kind: 'task-finished', id: 'image', outcome: 'done', note: `${seconds} s` });
      return directory;
    },
    buildLimitMs,
  );
}

/** Removes every cached image. Throws HF-LAB-BUSY while one is being built. */
export async function removeImages(): Promise<void> {
  await withLock(imageLock, imageBuilder, () => removeEntries('image-'));
  await rm(cacheDirectory, { recursive: true, force: true });
}

/** Removes what an interrupted build left, unless one is at work. */
export async function removeUnfinishedImages(): Promise<void> {
  if (existsSync(cacheDirectory)) {
    await withLock(imageLock, imageBuilder, removeUnfinished, 0).catch(() => undefined);
  }
}

function imageRoot(recipe: ImageRecipe): string {
  return join(imageDirectory(recipe), 'root');
}

function imageDirectory(recipe: ImageRecipe): string {
  return join(cacheDirectory, `image-${recipe.release}-${recipeHash(recipe)}`);
}

const unfinishedPrefix = 'unfinished-';

function removeUnfinished(): Promise<void> {
  return removeEntries(unfinishedPrefix);
}

async function removeEntries(prefix: string): Promise<void> {
  for (const name of await readdir(cacheDirectory)) {
    if (name.startsWith(prefix)) {
      await rm(join(cacheDirectory, name), { recursive: true, force: true });
    }
  }
}
