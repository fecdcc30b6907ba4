import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findImageRoot } from '../../src/lab/index.js';
/** Why the programs of the lab image cannot be run here; undefined: they can. */
export const oracleMissing = findOracleMissing();
if (oracleMissing !== undefined) console.log(`Oracle tests are skipped: ${oracleMissing}.`);
/**
 * Runs a /bin/sh script with the programs of the lab image, as root of a file system of its own: the image below, `files` (by
 * absolute path) above, and everything that is written gone at the end. It has no network.
 */
export function runInImage(script, files = {}, stdin = '') {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-oracle-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, 'files', path)), { recursive: true });
      writeFileSync(join(folder, 'files', path), text, { mode: text.startsWith('#!') ? 0o755 : 0o600 });
    }
    mkdirSync(join(folder, 'files'), { recursive: true });
    mkdirSync(join(folder, 'mount'));
    const result = spawnSync(
      'unshare',
      [
        '--mount',
        '--net',
        '--pid',
        '--fork',
        '--kill-child',
        'sh',
        '-eu',
        '-c',
        enterImage,
        'sh',
        imageRoot(),
        folder,
        script,
      ],
      {
        input: stdin,
        encoding: 'utf8',
        timeout: 100_000,
        maxBuffer: 64 * 1024 * 1024,
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
      },
    );
    if (result.error) throw result.error;
    return { exitCode: result.status ?? -1, stdout: result.stdout, said: result.stdout + result.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
/** $1 image, $2 folder, $3 script. The mounts are private to this process and end with it. */
const enterImage = `
mount -t tmpfs tmpfs "$2/mount"
mkdir "$2/mount/upper" "$2/mount/work" "$2/mount/root"
cp -a "$2/files/." "$2/mount/upper/"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/mount/upper,workdir=$2/mount/work" "$2/mount/root"
mount --rbind /dev "$2/mount/root/dev"
mount -t proc proc "$2/mount/root/proc"
exec chroot "$2/mount/root" /bin/sh -c "$3"
`;
function imageRoot() {
  const root = process.env.HOLDFAST_ORACLE_ROOT ?? findImageRoot();
  if (root === undefined) throw new Error('no lab image');
  return root;
}
function findOracleMissing() {
  if (process.getuid?.() !== 0) return 'they need root, to run programs in the lab image';
  if (process.env.HOLDFAST_ORACLE_ROOT === undefined && findImageRoot() === undefined) {
    return 'the lab image is not built (holdfast lab up builds it)';
  }
  const probe = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']);
  return probe.status === 0 ? undefined : 'this machine does not let root make mount namespaces';
}
//# sourceMappingURL=image-programs.js.map
