import { backInTime } from './expectations.ts';
import type { Fault, FaultContext } from './fault.ts';
import { injectOnNode } from './on-node.ts';

/** SIGKILL to Corosync: the node leaves the membership while everything it runs goes on. */
export const corosyncKill: Fault = {
  name: 'corosync-kill',
  victim: 'active',
  describe: ({ active }) => `kill Corosync on ${active}`,
  expectation: backInTime('A node that left the membership unasked is fenced before the other one takes over.'),
  async armDeadMan() {},
  inject: (context) => killUnit(context, 'corosync.service'),
  /** Fenced or started again by systemd: either way nothing is left to undo. */
  async heal() {},
};

/** SIGKILL to every daemon of Pacemaker: nobody looks after the workload, which goes on. */
export const pacemakerKill: Fault = {
  ...corosyncKill,
  name: 'pacemaker-kill',
  describe: ({ active }) => `kill every Pacemaker daemon on ${active}`,
  expectation: backInTime('The node is fenced, or its Pacemaker is started again and finds the workload running.'),
  inject: (context) => killUnit(context, 'pacemaker.service'),
};

async function killUnit(context: FaultContext, unit: string) {
  const script = `at=$(date +%s%N); systemctl kill --signal=KILL --kill-whom=all ${unit}
echo "$at"`;
  return { atMs: await injectOnNode(context, script, `kill ${unit}`) };
}
