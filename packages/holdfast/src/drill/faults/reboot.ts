import { backInTime } from './expectations.ts';
import type { Fault } from './fault.ts';
import { injectOnNode } from './on-node.ts';
import { armPower, nodeHasNoPlug, restorePower } from './power-loss.ts';

/** Somebody reboots the machine without a word to the cluster: an orderly shutdown with the workload on it. */
export const reboot: Fault = {
  name: 'reboot',
  victim: 'active',
  describe: ({ active }) => `reboot ${active} without telling the cluster`,
  expectation: backInTime('The workload is stopped in order and started on the other node; nobody is fenced.'),
  unsuited: nodeHasNoPlug,
  armDeadMan: (context) => armPower(context, context.victim.name),
  async inject(context) {
    // From a unit of its own: the shell that gives the order must be able to answer.
    const script = `at=$(date +%s%N); systemctl --no-block reboot
echo "$at"`;
    return { atMs: await injectOnNode(context, script, 'order a reboot') };
  },
  /** A machine that is on is left alone; one of the lab that stays off after a reboot is switched on. */
  heal: (context) => restorePower(context, context.victim.name),
};
