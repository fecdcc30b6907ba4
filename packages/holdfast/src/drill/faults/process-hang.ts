import { shellQuote } from '../../core/index.ts';
import { backInTime } from './expectations.ts';
import type { Fault } from './fault.ts';
import { armOnNode, forgetFailures, healOnNode, injectOnNode } from './on-node.ts';

/** SIGSTOP to every process of the workload: it holds its sockets and its locks, and answers nothing any more. */
export const processHang: Fault = {
  name: 'process-hang',
  victim: 'active',
  describe: ({ active }) => `stop every process of the workload on ${active} where it stands`,
  expectation: backInTime('The probe gets no answer; the workload is killed and started again where it was.'),
  armDeadMan: ({ victim, unit, deadManMs }) => armOnNode(victim.host, 'hang', deadManMs, wakeUp(unit)),
  async inject(context) {
    const script = `at=$(date +%s%N); systemctl kill --signal=STOP --kill-whom=all ${shellQuote(context.unit)}
echo "$at"`;
    return { atMs: await injectOnNode(context, script, `stop the processes of ${context.unit}`) };
  },
  async heal(context) {
    await healOnNode(context.victim.host, 'hang', `${wakeUp(context.unit)} 2>/dev/null || :`);
    await forgetFailures(context);
  },
};

function wakeUp(unit: string): string {
  return `systemctl kill --signal=CONT --kill-whom=all ${shellQuote(unit)}`;
}
