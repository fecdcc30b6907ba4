import { chmod, mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { HoldfastError, type ProgressSink } from '../../core/index.ts';
import { hostCommand } from '../host-command.ts';
import { hostAptSettings } from './apt-settings.ts';
import { buildProgress } from './build-progress.ts';
import type { ImageRecipe } from './recipe.ts';

/** Builds the root file system of the recipe in the folder `root`, which is not there yet. Throws HF-LAB-IMAGE-BUILD. */
export async function buildRoot(
  recipe: ImageRecipe,
  root: string,
  progress: ProgressSink,
  signal?: AbortSignal,
): Promise<void> {
  await bootstrap(recipe, root, progress, signal);
  progress({ kind: 'task-output', id: 'image', text: 'setting up the image' });
  await customise(recipe, root);
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
  if (recipe.enabledUnits !== undefined) {
    await hostCommand('systemctl', [`--root=${root}`, 'enable', ...recipe.enabledUnits]);
  }
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
