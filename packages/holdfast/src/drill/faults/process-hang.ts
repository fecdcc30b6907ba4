import { shellQuote } from '../../core/index.ts';
import type { Fault } from './fault.ts';
import { armOnNode, forgetFailures, healOnNode, injectOnNode } from './on-node.ts';

/** SIGSTOP to every process of the workload: it holds its sockets and its locks, and answers nothing any more. */
export const processHang: Fault = {
  name: 'process-hang',
  describe: (node) => `stop every process of the workload on ${node} where it stands`,
  armDeadMan: ({ host, unit, deadManMs }) => armOnNode(host, 'hang', deadManMs, wakeUp(unit)),
  async inject(context) {
    const script = `at=$(date +%s%N); systemctl kill --signal=STOP --kill-whom=all ${shellQuote(context.unit)}
echo "$at"`;
    return { atMs: await injectOnNode(context, script, `stop the processes of ${context.unit}`) };
  },
  async heal(context) {
    await healOnNode(context.host, 'hang', `${wakeUp(context.unit)} 2>/dev/null || :`);
    await forgetFailures(context);
  },
};

function wakeUp(unit: string): string {
  return `systemctl kill --signal=CONT --kill-whom=all ${shellQuote(unit)}`;
}
