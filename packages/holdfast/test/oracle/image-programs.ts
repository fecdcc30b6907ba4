import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findImageRoot, releases } from '../../src/lab/index.ts';

/** The release of Debian whose programs judge: HOLDFAST_RELEASE, or the first that Holdfast supports. */
const release = releases.find((each) => each === process.env.HOLDFAST_RELEASE) ?? releases[0];

/** Why the programs of the lab image cannot be run here; undefined: they can. */
export const oracleMissing: string | undefined = findOracleMissing();

if (oracleMissing !== undefined) console.log(`Oracle tests are skipped: ${oracleMissing}.`);

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** Both streams: some checkers complain on standard output. */
  readonly said: string;
}

/**
 * Runs a /bin/sh script with the programs of the lab image, as root of a file system of its own: the image below, `files` (by
 * absolute path) above, and everything that is written gone at the end. Its only network is a loopback of its own.
 */
export function runInImage(script: string, files: Readonly<Record<string, string>> = {}, stdin = ''): ProgramResult {
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
ip link set lo up
exec chroot "$2/mount/root" /bin/sh -c "$3"
`;

function imageRoot(): string {
  const root = findImageRoot(release);
  if (root === undefined) throw new Error('no lab image');
  return root;
}

function findOracleMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'they need root, to run programs in the lab image';
  if (findImageRoot(release) === undefined) {
    return `the lab image of ${release} is not built (holdfast lab up --release ${release} builds it)`;
  }
  const probe = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']);
  return probe.status === 0 ? undefined : 'this machine does not let root make mount namespaces';
}
