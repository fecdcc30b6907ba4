import { createHash } from 'node:crypto';

/** Debian 12 with Pacemaker 2.1, and Debian 13 with Pacemaker 3.0. The first is the default. */
export const releases = ['bookworm', 'trixie'] as const;

export type Release = (typeof releases)[number];

/** What the image of a machine is made of. Equal recipes make equal images, so the hash names the cached one. */
export interface ImageRecipe {
  readonly release: Release;
  readonly packages: readonly string[];
  /** Lines of dpkg.cfg, in force while the image is made and in it. */
  readonly dpkgOptions: readonly string[];
  readonly disabledUnits: readonly string[];
  /** Of the recipe's own files; absent: none. */
  readonly enabledUnits?: readonly string[];
  readonly maskedUnits: readonly string[];
  /** Path below the root, and content. */
  readonly files: Readonly<Record<string, string>>;
}

export function imageRecipe(release: Release = releases[0]): ImageRecipe {
  return { release, packages, dpkgOptions, disabledUnits, maskedUnits, files };
}

/** Twelve hexadecimal digits that change with anything in the recipe. */
export function recipeHash(recipe: ImageRecipe): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
}

const packages = [
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'iproute2',
  'iputils-ping',
  'iputils-arping',
  'netcat-openbsd',
  'nftables',
  'pacemaker',
  'pacemaker-cli-utils',
  'corosync',
  'corosync-qdevice',
  'corosync-qnetd',
  'resource-agents',
  'fence-agents',
  'ipmitool',
  'drbd-utils',
  'sbd',
  'kmod',
  'udev',
  'procps',
  'psmisc',
  'curl',
  'ca-certificates',
  'libstdc++6',
  'e2fsprogs',
  'xfsprogs',
  'sudo',
];

/** Without documentation; and without a wait for the disk after every file, which takes most of the time otherwise. */
const dpkgOptions = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/doc/*',
  'path-exclude=/usr/share/locale/*',
  'force-unsafe-io',
];

/** A plant's machine has them installed; what starts them is Holdfast. */
const disabledUnits = [
  'sbd.service',
  'corosync.service',
  'pacemaker.service',
  'corosync-qdevice.service',
  'corosync-qnetd.service',
  'drbd.service',
  'logd.service',
];

/** What needs hardware, or only costs time when a container boots. */
const maskedUnits = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'console-getty.service',
  'container-getty@.service',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'getty.target',
  'kmod-static-nodes.service',
  'modprobe@.service',
  'systemd-logind.service',
  'systemd-networkd.service',
  'systemd-networkd-wait-online.service',
  'systemd-networkd.socket',
  'systemd-random-seed.service',
  'systemd-timesyncd.service',
  'systemd-udev-settle.service',
  'systemd-udev-trigger.service',
  'systemd-udevd.service',
  'systemd-udevd-control.socket',
  'systemd-udevd-kernel.socket',
  'systemd-update-utmp.service',
  'systemd-update-utmp-runlevel.service',
  'xfs_scrub_all.timer',
];

const files = {
  // A drill reads the journals of a machine whose power was cut, so nothing may wait in memory or be dropped.
  'etc/systemd/journald.conf.d/lab.conf': `[Journal]
Storage=persistent
RateLimitIntervalSec=0
SyncIntervalSec=1s
SystemMaxUse=200M
ForwardToSyslog=no
`,
  'etc/systemd/system.conf.d/lab.conf': `[Manager]
DefaultTimeoutStartSec=30s
DefaultTimeoutStopSec=30s
`,
  // Without PAM a login costs no session of logind, and a machine answers as soon as sshd runs.
  'etc/ssh/sshd_config.d/lab.conf': `PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AuthorizedKeysFile /etc/ssh/authorized_keys/%u
UsePAM no
UseDNS no
MaxStartups 100
MaxSessions 100
`,
};
