import { shellQuote } from '../../core/index.ts';
import { backInTime } from './expectations.ts';
import type { Fault, FaultContext } from './fault.ts';
import { armOnNode, forgetFailures, healOnNode, injectOnNode } from './on-node.ts';

/** The workload's main process is killed as often as it starts, until the cluster gives this node up. */
export const crashLoop: Fault = {
  name: 'crash-loop',
  victim: 'active',
  describe: ({ active }) => `kill the workload's main process on ${active} as often as it starts`,
  expectation: backInTime('After the configured number of crashes the workload moves to the other node, and stays.'),
  drivesAway: true,
  armDeadMan: ({ victim, deadManMs }) => armOnNode(victim.host, 'crash-loop', deadManMs, stopKilling),
  async inject(context) {
    const script = `at=$(date +%s%N)
systemd-run --quiet --collect --unit=${killer} /bin/sh -c ${shellQuote(killing(context))}
echo "$at"`;
    return { atMs: await injectOnNode(context, script, 'kill the workload again and again') };
  },
  async heal(context) {
    await healOnNode(context.victim.host, 'crash-loop', stopKilling);
    await forgetFailures(context);
  },
};

const killer = 'holdfast-drill-killer';
const stopKilling = `systemctl stop ${killer}.service 2>/dev/null || :`;

/** It gives the process half a second of life each time: one that dies at once would be a failed start, another fault. */
function killing({ unit, site }: FaultContext): string {
  const crashes = site.timing.migrationThreshold;
  return `for crash in $(seq ${crashes}); do
  until pid=$(systemctl show --property=MainPID --value ${shellQuote(unit)}) && [ "$pid" -gt 1 ] &&
    [ "$(systemctl is-active ${shellQuote(unit)})" = active ]; do sleep 0.05; done
  [ "$crash" = 1 ] || sleep 0.5
  kill -KILL "$pid"
  while [ "$(systemctl show --property=MainPID --value ${shellQuote(unit)})" = "$pid" ]; do sleep 0.05; done
done`;
}
