import { formatDuration, HoldfastError } from '../../core/index.ts';
import type { Workload } from '../../site/index.ts';
import { agentPaths } from '../agents.ts';

/** Where a unit's drop-in lies. */
export function dropInPath(unit: string): string {
  return `/etc/systemd/system/${unit}.d/50-holdfast.conf`;
}

export const crashUnitPath = '/etc/systemd/system/holdfast-crash@.service';

/**
 * The drop-in that hands a unit to the cluster: systemd no longer restarts it, says at once when it ends, and refuses to start
 * it without its state. Source: systemd.unit(5), systemd.service(5).
 * Throws HF-WORKLOAD-VALUE for a mount point with a line break.
 */
export function workloadDropIn(workload: Workload, mountPoint: string): string {
  const crashUnit = `holdfast-crash@${workload.name}.service`;
  const unit = [
    '[Unit]',
    // The cluster counts failures; systemd must not refuse the start it asks for.
    'StartLimitIntervalSec=0',
    `AssertPathIsMountPoint=${unitValue(mountPoint)}`,
    `OnFailure=${crashUnit}`,
    `OnSuccess=${crashUnit}`,
    // At shutdown systemd unmounts the state by itself: not before the workload has ended. An order only: no pull, no stop.
    `After=${mountUnit(mountPoint)}`,
    // Stops are in the reverse order: at shutdown Pacemaker stops the workload, then systemd finds it stopped.
    'Before=pacemaker.service',
  ];
  const service = [
    '[Service]',
    // A second supervisor would start it again on a node that is about to lose its disk.
    'Restart=no',
    `TimeoutStartSec=${formatDuration(workload.startTimeoutMs)}`,
    `TimeoutStopSec=${formatDuration(workload.stopTimeoutMs)}`,
  ];
  const sections = workload.unit.endsWith('.service') ? [unit, service] : [unit];
  return `# Written by Holdfast; the next \`holdfast apply\` replaces it.\n${sections.map((lines) => `${lines.join('\n')}\n`).join('\n')}`;
}

/**
 * The template unit behind OnFailure= and OnSuccess=: tells Pacemaker that a workload ended. It conflicts with the shutdown, so
 * that a unit ended by a shutdown is no crash.
 */
export function crashUnit(): string {
  return `# Written by Holdfast; the next \`holdfast apply\` replaces it.
[Unit]
Description=Tell the cluster that workload %i ended
# Nothing to wait for: it must run at once.
DefaultDependencies=no
Conflicts=shutdown.target
CollectMode=inactive-or-failed
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=${agentPaths.crashNotifier} %i
TimeoutStartSec=30
`;
}

/** The name of the unit that systemd makes for a mount, as `systemd-escape --path --suffix=mount` gives it. systemd.unit(5). */
export function mountUnit(mountPoint: string): string {
  const path = mountPoint.split('/').filter(Boolean).join('/');
  const escaped = [...Buffer.from(path)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      if (character === '/') return '-';
      const plain = /[A-Za-z0-9:_.]/.test(character) && !(index === 0 && character === '.');
      return plain ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
  return `${unitValue(escaped)}.mount`;
}

/** In unit files `%` begins a specifier; a line break would begin another setting. */
function unitValue(value: string): string {
  if (/[\n\r\0]/.test(value)) {
    throw new HoldfastError({
      code: 'HF-WORKLOAD-VALUE',
      message: `The value ${JSON.stringify(value)} contains a line break, which a systemd unit cannot hold.`,
      remedy: 'Remove the line break from the site file.',
      source: 'user',
    });
  }
  return value.replaceAll('%', '%%');
}
