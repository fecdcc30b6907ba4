import type { Site } from '../../site/index.ts';
import { paceFor } from '../options.ts';
import { backByItself, backInTime, keepsServing } from './expectations.ts';
import type { Fault, FaultContext } from './fault.ts';
import { delayLinks, filterLinks, findLinks, undelay, unfilter } from './link-scripts.ts';
import { armOnNode, healOnNode, injectOnNode, lackingFilter, lackingUnless } from './on-node.ts';

/**
 * The node loses every cable that the cluster and its clients use, in both directions, and stays alive: the fault that makes
 * two writers where nothing is fenced. Done with a filter on the node on exactly the interfaces that carry the Corosync links
 * and the virtual address. The management network stays, and so does our own SSH connection where it shares one of them.
 */
export const networkCut: Fault = {
  name: 'network-cut',
  victim: 'active',
  describe: ({ active }) => `cut every cluster and client link of ${active}`,
  expectation: backInTime('The majority fences the node it cannot see before the other one takes over.'),
  lacking: lackingFilter,
  armDeadMan: ({ victim, deadManMs }) => armOnNode(victim.host, 'cut', deadManMs, unfilter),
  inject: (context) => onLinks(context, everyLink(context), filterLinks({ directions: ['in', 'out'] })),
  heal: ({ victim }) => healOnNode(victim.host, 'cut', unfilter),
};

/** The node hears nothing any more, but is still heard: a broken fibre, half a switch port. */
export const asymmetricCut: Fault = {
  ...networkCut,
  name: 'asymmetric-cut',
  describe: ({ active }) => `let ${active} send, but receive nothing, on every cluster and client link`,
  expectation: backInTime('A node that does not hear the others is fenced like one that is not heard.'),
  inject: (context) => onLinks(context, everyLink(context), filterLinks({ directions: ['in'] })),
};

/** One of two networks of the cluster is gone; the one with the clients stays. */
export const oneLinkCut: Fault = {
  ...networkCut,
  name: 'one-link-cut',
  describe: ({ active }) => `cut the last cluster link of ${active}`,
  expectation: keepsServing('Corosync goes on over the other link; nothing that serves moves.'),
  unsuited: ({ site }) =>
    site.nodes[0].links.length < 2 ? 'the members have one link only, which carries everything' : undefined,
  inject: (context) => onLinks(context, context.victim.links.slice(-1), filterLinks({ directions: ['in', 'out'] })),
};

/** The cable of the clients alone: the cluster sees both nodes well, and one of them talks to nobody. */
export const usersLinkCut: Fault = {
  ...networkCut,
  name: 'users-link-cut',
  describe: ({ active }) => `cut the clients' link of ${active}`,
  expectation({ reach, state }) {
    if (reach.length === 0) {
      return {
        service: 'until-healed',
        words: 'Nothing watches the clients’ cable, as the site names nothing to `reach`.',
      };
    }
    // The virtual address is in the network of the first link.
    return state.type === 'drbd' && state.link === 0
      ? {
          service: 'until-healed',
          words:
            'The same cable carries the replication: what the active node writes alone the other one lacks, and waits.',
        }
      : { service: 'back-in-time', words: 'The node that reaches the clients takes over; nobody is fenced.' };
  },
  unsuited: ({ site }) =>
    site.nodes[0].links.length < 2 ? 'the members have one link only, which carries everything' : undefined,
  inject: (context) => onLinks(context, [context.site.address.ip], filterLinks({ directions: ['in', 'out'] })),
};

/** Three of ten packets of Corosync are lost on every link of the node. Its clients have the network to themselves. */
export const lossyNetwork: Fault = {
  ...networkCut,
  name: 'lossy-network',
  describe: ({ active }) => `lose 30 of 100 Corosync packets on every link of ${active}`,
  expectation: backInTime(
    'Corosync sends again what was lost; if it gives the node up all the same, the other one takes over.',
  ),
  inject: (context) =>
    onLinks(context, everyLink(context), filterLinks({ directions: ['in', 'out'], corosyncLoss: 30 })),
};

/** Every packet that the node sends takes longer: a saturated radio link, a detour through another building. */
export const slowNetwork: Fault = {
  ...networkCut,
  name: 'slow-network',
  describe: ({ active }, site) => `delay everything ${active} sends by ${delayOf(site)} ms`,
  expectation: ({ state }) =>
    keepsServing(
      state.type === 'drbd'
        ? 'The token has time enough; each write waits for the other node, and they still keep pace; nothing moves.'
        : 'The token has time enough; answers take longer, and nothing moves.',
    )(),
  lacking: (host) =>
    lackingUnless(
      host,
      'modprobe sch_netem 2>/dev/null || { tc qdisc add dev lo root netem delay 0ms && tc qdisc del dev lo root; }',
      'the kernel module sch_netem, or tc of the package iproute2',
    ),
  armDeadMan: ({ victim, deadManMs }) => armOnNode(victim.host, 'slow', deadManMs, undelay),
  inject: (context) => onLinks(context, everyLink(context), delayLinks(delayOf(context.site))),
  heal: ({ victim }) => healOnNode(victim.host, 'slow', undelay),
};

/**
 * As much as a site that is set up well bears, in milliseconds. Corosync passes the token on once more after 1/4.2 of its timeout
 * (corosync.conf(5), token_retransmits_before_loss_const): a tenth stays below that, whatever else takes time.
 *
 * A replicated write is done when the other node has it (drbd.conf(5), protocol C), and an fsync takes up to three such writes one
 * after another: the data, the journal of the file system, its commit (Linux, fs/jbd2/commit.c). Were these longer than the time between two
 * writes of the drill, a workload that syncs each by itself would fall behind until its probe misses: that is a site without
 * the throughput for its load, and no fault. Hence a quarter of that time.
 */
export function delayOf(site: Site): number {
  const withinTokenMs = Math.min(100, site.timing.tokenMs / 10);
  const betweenWritesMs = 1000 / paceFor(site).ratePerSecond;
  const delayMs = site.state.type === 'drbd' ? Math.min(withinTokenMs, betweenWritesMs / 4) : withinTokenMs;
  return Math.max(1, Math.floor(delayMs));
}

/** All links come and go, each time for less than a token, until it is over: a loose plug on a shaking machine. */
export const flappingNetwork: Fault = {
  ...networkCut,
  name: 'flapping-network',
  describe: ({ active }) => `cut every link of ${active} ten times for half a token each`,
  expectation: backByItself('Whether the node is fenced or not, one node serves when it is over, and never two.'),
  armDeadMan: ({ victim, deadManMs }) => armOnNode(victim.host, 'flapping', deadManMs, stopFlapping),
  async inject(context) {
    const cutSeconds = (context.site.timing.tokenMs / 2000).toFixed(2);
    const flap = `${findLinks(everyLink(context))}
for flap in 1 2 3 4 5 6 7 8 9 10; do
${filterLinks({ directions: ['in', 'out'] })}
  sleep ${cutSeconds}
  ${unfilter}
  sleep 1.5
done`;
    // The connection that must not be cut is that of the drill, which the transient unit does not have.
    const script = `at=$(date +%s%N)
systemd-run --quiet --collect --unit=${flapper} --setenv=SSH_CONNECTION="\${SSH_CONNECTION:-}" /bin/sh -c "$(cat <<'FLAP'
${flap}
FLAP
)"
echo "$at"`;
    return { atMs: await injectOnNode(context, script, 'let the links flap') };
  },
  heal: ({ victim }) => healOnNode(victim.host, 'flapping', stopFlapping),
};

const flapper = 'holdfast-drill-flapper';
const stopFlapping = `systemctl stop ${flapper}.service 2>/dev/null || :
${unfilter}`;

/** Those of the cluster, and the one of the clients. */
function everyLink({ victim, site }: FaultContext): readonly string[] {
  return [...victim.links, site.address.ip];
}

async function onLinks(context: FaultContext, addresses: readonly string[], act: string) {
  const script = `${findLinks(addresses)}
at=$(date +%s%N)
${act}
echo "$at"`;
  return { atMs: await injectOnNode(context, script, 'disturb its links') };
}
