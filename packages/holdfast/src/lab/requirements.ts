import { spawnSync } from 'node:child_process';
import { HoldfastError, type Problem } from '../core/index.ts';
import { isOnPath } from './on-path.ts';
import type { BmcKind, MachineKindName } from './state.ts';

/** Programs that every lab calls, and the Debian package of each. */
const commonPrograms: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  openssl: 'openssl',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
};

const programsOf: Readonly<Record<MachineKindName, Readonly<Record<string, string>>>> = {
  containers: { ...commonPrograms, 'systemd-nspawn': 'systemd-container', losetup: 'mount' },
  vm: {
    ...commonPrograms,
    'qemu-system-x86_64': 'qemu-system-x86',
    'qemu-img': 'qemu-utils',
    mke2fs: 'e2fsprogs',
    tar: 'tar',
    xz: 'xz-utils',
  },
};

const programsOfBmc: Readonly<Record<BmcKind, Readonly<Record<string, string>>>> = {
  redfish: {},
  ipmi: { ipmi_sim: 'openipmi' },
};

/** Throws HF-LAB-UNSUPPORTED with everything that this computer lacks for a lab, all at once. */
export function checkRequirements(machines: MachineKindName = 'containers', bmc: BmcKind = 'redfish'): void {
  const [first, ...rest] = missingRequirements(machines, bmc);
  if (first) {
    throw new HoldfastError([first, ...rest]);
  }
}

/** The Debian packages that hold the missing programs of the lab. */
export function missingPackages(machines: MachineKindName = 'containers', bmc: BmcKind = 'redfish'): readonly string[] {
  return [...new Set(missingPrograms(machines, bmc).map(([, debianPackage]) => debianPackage))];
}

/** Empty: the lab can run here. */
export function missingRequirements(
  machines: MachineKindName = 'containers',
  bmc: BmcKind = 'redfish',
): readonly Problem[] {
  if (process.platform !== 'linux') {
    return [problem(`The lab needs Linux; this is ${process.platform}.`, 'Run it on a Debian or Ubuntu machine.')];
  }
  const problems: Problem[] = [];
  if (machines === 'vm' && process.arch !== 'x64') {
    problems.push(problem(`Virtual machines are made for x86-64 only; this is ${process.arch}.`, 'Use containers.'));
  }
  if (process.geteuid?.() !== 0) {
    problems.push(
      problem(
        'The lab needs root.',
        'Run the command as root, or with `sudo`; or make it of virtual machines, which need none: `holdfast lab up --machines vm`.',
      ),
    );
  }
  const packages = missingPackages(machines, bmc);
  if (packages.length > 0) {
    const names = missingPrograms(machines, bmc).map(([program]) => program);
    problems.push(
      problem(
        `Not installed here: ${names.join(', ')}.`,
        `Install them with \`apt-get install ${packages.join(' ')}\`.`,
      ),
    );
  }
  if (problems.length === 0) {
    problems.push(...kernelProblems(machines));
  }
  return problems;
}

/** Lines of sh: each `try` names what the kernel is asked for, and asks. */
const trials: Readonly<Record<MachineKindName, string>> = {
  containers: `try 'a loop device' test -e /dev/loop-control
try 'control groups of version 2' test -e /sys/fs/cgroup/cgroup.procs -o -e /sys/fs/cgroup/unified/cgroup.procs
try 'a tmpfs' mount -t tmpfs tmpfs /mnt
try 'the overlay file system' sh -c 'mkdir /mnt/l /mnt/u /mnt/w /mnt/r && mount -t overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w overlay /mnt/r'
try 'a veth pair' ip link add hf-probe-a type veth peer name hf-probe-b`,
  vm: "try 'a tap (/dev/net/tun)' ip tuntap add hf-probe-tap mode tap",
};

/** Tries what the lab needs of the kernel, in namespaces that end with the try. A container's root, say, may not do it. */
function kernelProblems(machines: MachineKindName): readonly Problem[] {
  const script = `
try() { what=$1; shift; "$@" >/dev/null 2>&1 || echo "$what"; }
${trials[machines]}
try 'a bridge' ip link add hf-probe type bridge`;
  const result = spawnSync('unshare', ['--mount', '--net', 'sh', '-c', script], { encoding: 'utf8' });
  if (result.status !== 0) {
    const said = result.stderr.trim();
    return [problem(`This computer refuses new namespaces: ${said}`, 'Run the lab outside containers, as real root.')];
  }
  return result.stdout
    .split('\n')
    .filter(Boolean)
    .map((what) =>
      problem(
        `The kernel refuses ${what}.`,
        'Load the module (overlay, loop, bridge, veth, tun), open the device to whoever runs the lab, or run it outside containers.',
      ),
    );
}

function problem(message: string, remedy: string): Problem {
  return { code: 'HF-LAB-UNSUPPORTED', message, remedy, source: 'user' };
}

function missingPrograms(machines: MachineKindName, bmc: BmcKind): [string, string][] {
  return Object.entries({ ...programsOf[machines], ...programsOfBmc[bmc] }).filter(([program]) => !isOnPath(program));
}
