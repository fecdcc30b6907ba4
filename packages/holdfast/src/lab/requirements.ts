import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError, type Problem } from '../core/index.ts';

/** Programs the lab calls, and the Debian package of each. */
const programs: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  losetup: 'mount',
  openssl: 'openssl',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
};

/** Throws HF-LAB-UNSUPPORTED with everything that this computer lacks for a lab, all at once. */
export function checkRequirements(): void {
  const [first, ...rest] = missingRequirements();
  if (first) {
    throw new HoldfastError([first, ...rest]);
  }
}

/** The Debian packages that hold the missing programs of the lab. */
export function missingPackages(): readonly string[] {
  return [...new Set(missingPrograms().map(([, debianPackage]) => debianPackage))];
}

/** Empty: the lab can run here. */
export function missingRequirements(): readonly Problem[] {
  if (process.platform !== 'linux') {
    return [problem(`The lab needs Linux; this is ${process.platform}.`, 'Run it on a Debian or Ubuntu machine.')];
  }
  const problems: Problem[] = [];
  if (process.geteuid?.() !== 0) {
    problems.push(problem('The lab needs root.', 'Run the command as root, or with `sudo`.'));
  }
  const packages = missingPackages();
  if (packages.length > 0) {
    const names = missingPrograms().map(([program]) => program);
    problems.push(
      problem(
        `Not installed here: ${names.join(', ')}.`,
        `Install them with \`apt-get install ${packages.join(' ')}\`.`,
      ),
    );
  }
  if (!/\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))) {
    problems.push(problem('The kernel has no overlay file system.', 'Load it with `modprobe overlay`.'));
  }
  if (!existsSync('/dev/loop-control')) {
    problems.push(problem('The kernel has no loop devices.', 'Load them with `modprobe loop`.'));
  }
  if (!existsSync('/proc/self/ns/net')) {
    problems.push(problem('The kernel has no network namespaces.', 'Run the lab on a kernel with CONFIG_NET_NS.'));
  }
  if (!existsSync('/sys/module/bridge') && !existsSync(`/lib/modules`)) {
    problems.push(problem('The kernel has no bridges.', 'Load them with `modprobe bridge`.'));
  }
  return problems;
}

function problem(message: string, remedy: string): Problem {
  return { code: 'HF-LAB-UNSUPPORTED', message, remedy, source: 'user' };
}

function missingPrograms(): [string, string][] {
  return Object.entries(programs).filter(([program]) => !isOnPath(program));
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
