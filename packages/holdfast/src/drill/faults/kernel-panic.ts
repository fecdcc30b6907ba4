import { backInTime } from './expectations.ts';
import type { Fault } from './fault.ts';
import { injectOnNode, lackingUnless } from './on-node.ts';
import { armPower, nodeHasNoPlug, restorePower } from './power-loss.ts';

/**
 * The kernel stops where it stands: the machine keeps its power and its link lights, and answers nothing.
 * Source: Linux, Documentation/admin-guide/sysrq.rst, command `c`.
 */
export const kernelPanic: Fault = {
  name: 'kernel-panic',
  victim: 'active',
  describe: ({ active }) => `make the kernel of ${active} panic`,
  expectation: backInTime('The silent node is fenced and the other one takes over.'),
  unsuited: (ground) =>
    ground.machines === 'containers'
      ? 'containers share the kernel of this computer, which would panic'
      : nodeHasNoPlug(ground),
  lacking: (host) =>
    lackingUnless(host, '[ -w /proc/sysrq-trigger ]', 'a kernel that can be told to panic (magic SysRq)'),
  armDeadMan: (context) => armPower(context, context.victim.name),
  async inject(context) {
    // A moment later, so that the answer still leaves the machine; the wait belongs to the time before the fault.
    const script = `at=$(date +%s%N)
systemd-run --quiet --collect --on-active=200ms --timer-property=AccuracySec=1ms /bin/sh -c 'echo c >/proc/sysrq-trigger'
echo "$((at + 200000000))"`;
    return { atMs: await injectOnNode(context, script, 'make the kernel panic') };
  },
  heal: (context) => restorePower(context, context.victim.name),
};
