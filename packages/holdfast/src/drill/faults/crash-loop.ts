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

/**
 * It kills what has started: whose agent has seen it answer (agents/workload, `meant_to_run`) and which has lived for half a second
 * more. A process that dies before that is a failed start, another fault, which Pacemaker counts otherwise.
 */
function killing({ unit, site, workloadResource }: FaultContext): string {
  const crashes = site.timing.migrationThreshold;
  const meant = `/run/holdfast/meant-to-run/${workloadResource}`;
  const ask = (property: string) => `$(systemctl show --property=${property} --value ${shellQuote(unit)})`;
  return `for crash in $(seq ${crashes}); do
  until [ "$(cat ${shellQuote(meant)} 2>/dev/null)" = ${shellQuote(unit)}" ${ask('InvocationID')}" ] &&
    pid=${ask('MainPID')} && [ "$pid" -gt 1 ]; do sleep 0.05; done
  [ "$crash" = 1 ] || sleep 0.5
  kill -KILL "$pid"
  while [ "${ask('MainPID')}" = "$pid" ]; do sleep 0.05; done
done`;
}
