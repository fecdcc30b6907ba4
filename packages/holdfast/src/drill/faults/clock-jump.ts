import type { Site } from '../../site/index.ts';
import { backInTime, keepsServing } from './expectations.ts';
import type { Fault } from './fault.ts';
import { armOnNode, healOnNode, injectOnNode } from './on-node.ts';

/**
 * The wall clock jumps: a time server that lies, a battery that is empty. Corosync and Pacemaker's executor count by the monotonic
 * clock, and so do the dead-man and the evidence of the drill. SBD does not: it takes Pacemaker's last sign of life for old until the
 * next one, which resets the node where that takes longer than the watchdog waits.
 *
 * Source: corosync, exec/totemsrp.c (`qb_util_nano_current_get`); sbd, src/sbd-pacemaker.c, `mon_timer_notify`.
 */
export const clockJump: Fault = {
  name: 'clock-jump',
  victim: 'active',
  describe: ({ active }) => `set the wall clock of ${active} one hour ahead`,
  expectation: (site) =>
    hasWatchdog(site)
      ? backInTime(
          'Nothing that serves looks at the wall clock but SBD, which may reset the node: then the other takes over.',
        )()
      : keepsServing('The cluster counts by clocks that nobody can set; nothing that serves moves.')(),
  unsuited: ({ machines }) =>
    machines === 'containers' ? 'a container has the clock of this computer, which must not be set' : undefined,
  showsWithinMs: 20_000,
  armDeadMan: ({ victim, deadManMs }) => armOnNode(victim.host, 'clock', deadManMs, setClockBack),
  inject: async (context) => ({ atMs: await injectOnNode(context, setClockAhead, 'set the clock ahead') }),
  heal: ({ victim }) => healOnNode(victim.host, 'clock', setClockBack),
};

function hasWatchdog({ nodes }: Site): boolean {
  return nodes.some(({ fencing }) => fencing?.levels.flat().some(({ type }) => type === 'watchdog') === true);
}

/** Below /run: a machine that boots again has its time from elsewhere. */
const rememberedFile = '/run/holdfast-drill-clock';

/** Sets `uptime`, in hundredths of a second; no clock that is set moves it. Source: proc(5), /proc/uptime. */
const readUptime = `read -r uptime _ </proc/uptime
uptime=$(echo "$uptime" | tr -d . | sed 's/^0*//')`;

/** Remembers when the machine booted by its true clock, in hundredths of a second. */
export const setClockAhead = `if [ ! -s ${rememberedFile} ]; then
  ${readUptime}
  echo "$(($(date +%s%N) / 10000000 - uptime))" >${rememberedFile}
fi
at=$(date +%s%N)
date --set='+1 hour' >/dev/null
echo "$at"`;

/** Harmless where it was not set ahead. */
export const setClockBack = `if [ -s ${rememberedFile} ]; then
  read -r booted <${rememberedFile}
  ${readUptime}
  now=$((booted + uptime))
  date --set="@$((now / 100)).$(printf %02d "$((now % 100))")" >/dev/null
  rm -f ${rememberedFile}
fi`;
