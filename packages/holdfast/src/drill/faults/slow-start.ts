import { shellQuote } from '../../core/index.ts';
import { backInTime } from './expectations.ts';
import type { Fault, FaultContext } from './fault.ts';
import { armOnNode, forgetFailures, healOnNode, injectOnNode } from './on-node.ts';

const delaySeconds = 3;

/** The workload crashes, and its next start takes seconds longer than usual, as after a journal that must be replayed. */
export const slowStart: Fault = {
  name: 'slow-start',
  victim: 'active',
  addsSeconds: delaySeconds,
  describe: ({ active }) => `let the workload on ${active} crash, and start ${delaySeconds} s slower than usual`,
  expectation: backInTime('The cluster waits for the slow start; it does not take it for a failure and start again.'),
  unsuited: ({ site }) => {
    const shortest = Math.min(...site.workloads.map(({ startTimeoutMs }) => startTimeoutMs));
    const needed = delaySeconds * 1000 + 2000;
    return shortest < needed ? `a start may take ${shortest / 1000} s only, and this one takes longer` : undefined;
  },
  armDeadMan: ({ victim, unit, deadManMs }) => armOnNode(victim.host, 'slow-start', deadManMs, usualStart(unit)),
  async inject(context) {
    const { unit } = context;
    const script = `mkdir -p ${dropInFolder(unit)}
printf '[Service]\\nExecStartPre=/bin/sleep ${delaySeconds}\\n' >${dropInFolder(unit)}/${dropInFile}
systemctl daemon-reload
pid=$(systemctl show --property=MainPID --value ${shellQuote(unit)})
[ "$pid" -gt 1 ] || { echo "its main process is not running" >&2; exit 1; }
at=$(date +%s%N); kill -KILL "$pid"
echo "$at"`;
    return { atMs: await injectOnNode(context, script, `slow down and kill ${unit}`) };
  },
  async heal(context: FaultContext) {
    await healOnNode(context.victim.host, 'slow-start', usualStart(context.unit));
    await forgetFailures(context);
  },
};

/** Below /run: it does not outlive the machine's power. */
function dropInFolder(unit: string): string {
  return shellQuote(`/run/systemd/system/${unit}.d`);
}

const dropInFile = '90-holdfast-drill.conf';

function usualStart(unit: string): string {
  const file = `${dropInFolder(unit)}/${dropInFile}`;
  return `if [ -e ${file} ]; then rm -f ${file}; systemctl daemon-reload; fi`;
}
