import { drbdResource } from '../../patterns/index.ts';
import type { Site } from '../../site/index.ts';
import { attachAgain, breakDisk, failUnlessUpToDate, lackingBelow, mendDisk } from './disk-scripts.ts';
import { backInTime } from './expectations.ts';
import type { Fault, FaultContext } from './fault.ts';
import { armOnNode, healOnNode, injectOnNode } from './on-node.ts';

/**
 * The disk below DRBD on the node that serves answers every read and write with an error. The device mapper does that, so the disk
 * must be one of its devices, as a logical volume is.
 *
 * What comes of it: DRBD lets the disk go (`on-io-error detach`) and serves from the other node's. Its agent still calls the node
 * promoted, and lowers its score from 10000 to 10 (ocf:linbit:drbd, `adjust_master_score`, "only remote access"); Pacemaker then
 * promotes the other node, unless the stickiness of many workloads outweighs that.
 */
export const diskErrors: Fault = {
  name: 'disk-errors',
  victim: 'active',
  describe: ({ active }) => `let every read and write of the disk below DRBD fail on ${active}`,
  expectation: backInTime(
    'DRBD serves on from the other disk, and the cluster may move the service to it in order; nobody is fenced.',
  ),
  unsuited({ site, machines }) {
    if (site.state.type !== 'drbd')
      return 'its state is one disk that both nodes see, and no other could take its place';
    return machines === 'containers' ? 'containers have no disks of their own' : undefined;
  },
  lacking: async (host, site) => {
    const disk = diskOf(site, host.name);
    const answer = await host.run(lackingBelow(disk), { timeoutMs: 10_000 }).catch(() => undefined);
    return answer === undefined || answer.exitCode === 0 ? undefined : answer.stdout.trim();
  },
  // The agent looks every ten seconds, and the move takes a while.
  showsWithinMs: 20_000,
  async armDeadMan(context) {
    const script = `${mendDisk}\n${attachAgain(resourceOf(context))}`;
    await armOnNode(context.victim.host, 'disk', context.deadManMs, script);
  },
  async inject(context) {
    const { site, victim } = context;
    return { atMs: await injectOnNode(context, breakDisk(diskOf(site, victim.name)), 'break the disk below DRBD') };
  },
  async heal(context) {
    if (context.site.state.type !== 'drbd') return;
    const script = `${mendDisk}\n${failUnlessUpToDate(resourceOf(context))}`;
    await healOnNode(context.victim.host, 'disk', script);
  },
};

function resourceOf({ site }: FaultContext): string {
  return drbdResource(site)?.name ?? '';
}

function diskOf({ nodes, state }: Site, node: string): string {
  if (state.type !== 'drbd') return '';
  return state.disks[nodes[0].name === node ? 0 : 1];
}
