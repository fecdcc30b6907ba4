import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HoldfastError, type ProgressSink } from '../../core/index.ts';
import { hostCommand } from '../host-command.ts';
import { ensureCached } from '../image/image.ts';
import type { ImageRecipe } from '../image/recipe.ts';
import { buildRoot } from '../image/root.ts';
import { cacheDirectory } from '../layout.ts';
import { type ArchiveEntry, cpioArchive, initrdModules, initScript, moduleFiles } from './initrd.ts';
import { rootDiskSize, vmRecipeHash } from './recipe.ts';

/** The disk below every machine's own, inside the image's folder. */
export const baseDiskName = 'root.img';

/**
 * Gives the folder with the machines' disk (ext4, no partitions), kernel, initrd and a static BusyBox; builds it when it is not in the
 * cache. Throws HF-LAB-IMAGE-BUILD.
 */
export function ensureVmImage(recipe: ImageRecipe, progress: ProgressSink, signal?: AbortSignal): Promise<string> {
  return ensureCached({
    directory: join(cacheDirectory, `image-vm-${recipe.release}-${vmRecipeHash(recipe)}`),
    title: `Building the disk of the virtual machines (${recipe.release}, once; takes about two minutes)`,
    progress,
    async build(unfinished) {
      const root = join(unfinished, 'root');
      await buildRoot(recipe, root, progress, signal);
      progress({ kind: 'task-output', id: 'image', text: 'making the disk' });
      const release = await kernelRelease(root);
      await copyFile(join(root, `boot/vmlinuz-${release}`), join(unfinished, 'vmlinuz'));
      await copyFile(join(root, 'bin/busybox'), join(unfinished, 'busybox'));
      await writeFile(join(unfinished, 'initrd'), await buildInitrd(root, release));
      // QEMU is handed kernel and initrd, so what the packages made for a boot loader is only in the way.
      await rm(join(root, 'boot'), { recursive: true });
      await mkdir(join(root, 'boot'));
      await hostCommand(
        'mke2fs',
        ['-q', '-t', 'ext4', '-m', '0', '-d', root, join(unfinished, baseDiskName), rootDiskSize],
        { timeoutMs: 300_000 },
      );
      await rm(root, { recursive: true });
    },
  });
}

async function kernelRelease(root: string): Promise<string> {
  const [release, ...more] = await readdir(join(root, 'lib/modules'));
  if (release === undefined || more.length > 0) {
    throw new HoldfastError({
      code: 'HF-LAB-IMAGE-BUILD',
      message: `The image of the virtual machines has ${release === undefined ? 'no kernel' : `the kernels ${[release, ...more].join(', ')}`}.`,
      remedy: 'Look at the package linux-image-amd64 of the package sources of this computer.',
      source: 'site',
    });
  }
  return release;
}

async function buildInitrd(root: string, release: string): Promise<Buffer> {
  const directory = join(root, 'lib/modules', release);
  const files = moduleFiles(await readFile(join(directory, 'modules.dep'), 'utf8'), initrdModules);
  const modules = await Promise.all(
    files.map(async (file, index): Promise<ArchiveEntry> => {
      const name = basename(file).replace(/\.xz$/, '');
      return {
        // BusyBox loads them in the order of their names.
        path: `modules/${String(index).padStart(2, '0')}-${name}`,
        mode: regularFile | 0o644,
        content: await readModule(join(directory, file)),
      };
    }),
  );
  const directories = ['bin', 'dev', 'modules', 'proc', 'root', 'sys'];
  return cpioArchive([
    ...directories.map((path) => ({ path, mode: directoryType | 0o755, content: new Uint8Array() })),
    { path: 'bin/busybox', mode: regularFile | 0o755, content: await readFile(join(root, 'bin/busybox')) },
    { path: 'init', mode: regularFile | 0o755, content: Buffer.from(initScript) },
    ...modules,
  ]);
}

/** Debian 13 compresses modules, and BusyBox does not unpack them. */
async function readModule(file: string): Promise<Uint8Array> {
  if (!file.endsWith('.xz')) {
    return readFile(file);
  }
  const unpacked = `${file}.unpacked`;
  await hostCommand('sh', ['-c', 'xz --decompress --stdout "$1" >"$2"', 'sh', file, unpacked]);
  try {
    return await readFile(unpacked);
  } finally {
    await rm(unpacked);
  }
}

/** File types. Source: inode(7), S_IFREG and S_IFDIR. */
const regularFile = 0o100000;
const directoryType = 0o040000;
