import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { HoldfastError, type ProgressSink } from '../../core/index.ts';
import { hostCommand } from '../host-command.ts';
import { withLock } from '../lock.ts';
import { hostAptSettings } from './apt-settings.ts';
import { buildProgress } from './build-progress.ts';
import { type ImageRecipe, imageRecipe, type Release, recipeHash } from './recipe.ts';

const cacheDirectory = '/var/cache/holdfast';
const imageLock = `${cacheDirectory}/image.lock`;
const imageBuilder = 'A build of the lab image';

/** The root file system that the lab's machines boot from, where it has been built; tests run its programs as oracles. */
export function findImageRoot(release?: Release): string | undefined {
  const root = imageRoot(imageRecipe(release));
  return existsSync(root) ? root : undefined;
}

/**
 * Gives the root file system of the recipe, building it when it is not in the cache (about two minutes).
 * An image under its final name is complete: it is built beside it and renamed.
 * Throws HF-LAB-IMAGE-BUILD with the last lines of mmdebstrap.
 */
export async function ensureImage(recipe: ImageRecipe, progress: ProgressSink, signal?: AbortSignal): Promise<string> {
  const root = imageRoot(recipe);
  if (existsSync(root)) {
    return root;
  }
  return withLock(imageLock, imageBuilder, async () => {
    if (existsSync(root)) {
      return root;
    }
    await removeUnfinished();
    const title = `Building the lab image (${recipe.release}, once; takes about two minutes)`;
    progress({ kind: 'task-started', id: 'image', title });
    const startedAt = performance.now();
    try {
      await build(recipe, dirname(root), progress, signal);
    } catch (error) {
      progress({ kind: 'task-failed', id: 'image', message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    progress({ kind: 'task-finished', id: 'image', outcome: 'done', note: `${seconds} s` });
    return root;
  });
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
  return join(cacheDirectory, `image-${recipe.release}-${recipeHash(recipe)}`, 'root');
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

async function build(recipe: ImageRecipe, target: string, progress: ProgressSink, signal?: AbortSignal): Promise<void> {
  const unfinished = join(cacheDirectory, `${unfinishedPrefix}${process.pid}`);
  const root = join(unfinished, 'root');
  await mkdir(unfinished, { recursive: true, mode: 0o755 });
  try {
    await bootstrap(recipe, root, progress, signal);
    progress({ kind: 'task-output', id: 'image', text: 'setting up the image' });
    await customise(recipe, root);
    // What dpkg did not wait for must be on the disk before the image has its name.
    await hostCommand('sync', ['--file-system', root], { timeoutMs: 300_000 });
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function bootstrap(
  recipe: ImageRecipe,
  root: string,
  progress: ProgressSink,
  signal?: AbortSignal,
): Promise<void> {
  const apt = await hostAptSettings(recipe.release);
  const mmdebstrap = [
    'mmdebstrap',
    '--verbose',
    '--mode=root',
    '--variant=minbase',
    `--include=${recipe.packages.join(',')}`,
    ...recipe.dpkgOptions.map((option) => `--dpkgopt=${option}`),
    ...apt.options.map((option) => `--aptopt=${option}`),
    recipe.release,
    root,
    ...apt.sources,
  ];
  // In a process and mount namespace of its own, tied to this process: if we are killed, nothing of the build lives on.
  const build = execa(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...mmdebstrap],
    {
      stdin: 'ignore',
      stdout: 'ignore',
      reject: false,
      env: { SOURCE_DATE_EPOCH: '1700000000' },
      ...(signal ? { cancelSignal: signal } : {}),
    },
  );
  const describe = buildProgress();
  const lastLines: string[] = [];
  for await (const line of build.iterable({ from: 'stderr' })) {
    lastLines.push(line);
    if (lastLines.length > 20) {
      lastLines.shift();
    }
    const text = describe(line);
    if (text) {
      progress({ kind: 'task-output', id: 'image', text });
    }
  }
  const result = await build;
  if (result.failed) {
    throw new HoldfastError(
      {
        code: 'HF-LAB-IMAGE-BUILD',
        message: `mmdebstrap could not build the lab image:\n${lastLines.join('\n')}`,
        remedy:
          "Check that `apt-get update` works here: the image is made from this computer's own package sources; then run the command again.",
        source: 'site',
      },
      { cause: result },
    );
  }
}

async function customise(recipe: ImageRecipe, root: string): Promise<void> {
  for (const [path, content] of Object.entries(recipe.files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  await hostCommand('systemctl', [`--root=${root}`, 'disable', ...recipe.disabledUnits]);
  await hostCommand('systemctl', [`--root=${root}`, 'mask', ...recipe.maskedUnits]);
  await truncate(join(root, 'etc/machine-id'), 0).catch(() => writeFile(join(root, 'etc/machine-id'), ''));
  await rm(join(root, 'etc/hostname'), { force: true });
  // Each machine has host keys of its own, made by the lab.
  for (const name of await readdir(join(root, 'etc/ssh'))) {
    if (name.startsWith('ssh_host_')) {
      await rm(join(root, 'etc/ssh', name));
    }
  }
  await chmod(root, 0o755);
}
