import { shellQuote } from '../../core/index.ts';
import { backInTime } from './expectations.ts';
import type { Fault } from './fault.ts';
import { forgetFailures, injectOnNode } from './on-node.ts';

/** SIGKILL to the main process of the workload: a crash without a last word. */
export const processCrash: Fault = {
  name: 'process-crash',
  victim: 'active',
  describe: ({ active }) => `kill the workload's main process on ${active}`,
  expectation: backInTime('The workload is started again where it was.'),
  /** What is dead needs no dead-man: the unit is started again by whoever looks after it. */
  async armDeadMan() {},
  async inject(context) {
    // The shell's own kill takes effect within microseconds; systemctl would need a hundredth of a second to ask systemd.
    const script = `pid=$(systemctl show --property=MainPID --value ${shellQuote(context.unit)})
[ "$pid" -gt 1 ] || { echo "its main process is not running" >&2; exit 1; }
at=$(date +%s%N); kill -KILL "$pid"
echo "$at"`;
    return { atMs: await injectOnNode(context, script, `kill the main process of ${context.unit}`) };
  },
  heal: forgetFailures,
};
