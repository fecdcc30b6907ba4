import type { WatchdogDevice } from '../../site/index.ts';

/** What a node needs that resets itself: SBD without a disk (sbd.8, "DISKLESS MODE"). */
export interface SelfFencing {
  readonly packages: readonly string[];
  readonly files: readonly {
    readonly path: string;
    readonly text: string;
    readonly onChange: 'restart-sbd' | 'daemon-reload';
  }[];
}

/** The resource id that Pacemaker asks of a watchdog (daemons/fenced, STONITH_WATCHDOG_ID), and its agent. */
export const watchdogId = 'watchdog';
export const watchdogAgent = 'fence_watchdog';

/**
 * How long SBD keeps feeding after its watchers have become silent: three seconds of patience for their answer, and a loop of one
 * second before it and after it (sbd-common.c: `timeout_io`, `timeout_loop`; sbd-inquisitor.c, `servant_outdated`).
 */
const noticeMs = 5_000;
/** For a machine that is slow to notice, and for clocks that tick in seconds. */
const marginMs = 3_000;

/**
 * After this long a node that fell silent has reset itself (`stonith-watchdog-timeout`). `sightMs` is how much later than the
 * others it may learn that it has lost its quorum.
 *
 * Twice the watchdog's timeout, which is Pacemaker\'s own choice, is too short: with `no-quorum-policy=stop` SBD calls a lost quorum
 * "transient" and feeds on until its watcher counts as outdated (sbd-pacemaker.c, `compute_status`).
 */
export function selfFencedAfterMs({ timeoutMs }: WatchdogDevice, sightMs: number): number {
  return Math.ceil(Math.max(2 * timeoutMs, sightMs + noticeMs + timeoutMs + marginMs) / 1000) * 1000;
}

/** `selfFencedMs`: what selfFencedAfterMs gave for the site. */
export function selfFencing(watchdog: WatchdogDevice, selfFencedMs: number): SelfFencing {
  return {
    packages: ['sbd', ...(watchdog.module === undefined ? [] : ['kmod'])],
    files: [
      { path: '/etc/default/sbd', text: sbdDefaults(watchdog, selfFencedMs), onChange: 'restart-sbd' },
      {
        path: '/etc/systemd/system/sbd.service.d/50-holdfast.conf',
        text: sbdDropIn(watchdog, selfFencedMs),
        onChange: 'daemon-reload',
      },
      {
        path: '/etc/systemd/system/corosync.service.d/50-holdfast-watchdog.conf',
        text: corosyncDropIn(selfFencedMs),
        onChange: 'daemon-reload',
      },
    ],
  };
}

/**
 * A machine that has reset itself is up again before the others have given it up. In the membership, and with a Pacemaker that SBD keeps
 * waiting, it would be neither dead nor well to DRBD's fence handler, which the takeover then waits for. Only after a boot, and only where
 * SBD is used: the file outlives it.
 */
function corosyncDropIn(selfFencedMs: number): string {
  const seconds = selfFencedMs / 1000;
  return `# Written by Holdfast; the next \`holdfast apply\` replaces it.
[Service]
ExecStartPre=/bin/sh -c 'systemctl is-enabled --quiet sbd.service || exit 0; up=$$(cut -d. -f1 /proc/uptime); [ "$$up" -ge ${seconds} ] || sleep $$((${seconds} - up))'
TimeoutStartSec=${seconds + 90}
`;
}

function sbdDefaults({ device, timeoutMs }: WatchdogDevice, selfFencedMs: number): string {
  return `# Written by Holdfast; the next \`holdfast apply\` replaces it.
SBD_PACEMAKER=yes
SBD_STARTMODE=always
# A machine that comes back sooner than the others have given it up would be taken for one that never died.
SBD_DELAY_START=${selfFencedMs / 1000}
SBD_WATCHDOG_DEV=${device}
SBD_WATCHDOG_TIMEOUT=${timeoutMs / 1000}
# No sync before the reset: it may wait for a dead disk, or write to one that is another node's by then.
SBD_TIMEOUT_ACTION=noflush,reboot
`;
}

/** Its start takes as long as SBD_DELAY_START. */
function sbdDropIn({ module }: WatchdogDevice, selfFencedMs: number): string {
  const load = module === undefined ? '' : `ExecStartPre=/sbin/modprobe ${module}\n`;
  return `# Written by Holdfast; the next \`holdfast apply\` replaces it.
[Service]
${load}TimeoutStartSec=${selfFencedMs / 1000 + 60}
`;
}
