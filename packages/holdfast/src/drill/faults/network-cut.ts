import { HoldfastError, shellQuote } from '../../core/index.ts';
import type { Fault, FaultContext } from './fault.ts';
import { armOnNode, healOnNode, injectOnNode } from './on-node.ts';

/**
 * The node loses every cable that the cluster and its clients use, in both directions, and stays alive: the fault that makes
 * two writers where nothing is fenced. Done with a filter on the node on exactly the interfaces that carry the Corosync links
 * and the virtual address. The management network stays, and so does our own SSH connection where it shares one of them.
 */
export const networkCut: Fault = {
  name: 'network-cut',
  describe: (node) => `cut every cluster and client link of ${node}`,
  async checkMachine(host) {
    // Whether the machine can be reached at all is asked when a drill begins, and with more patience.
    const answer = await host.run('command -v nft', { timeoutMs: 10_000 }).catch(() => undefined);
    if (answer !== undefined && answer.exitCode !== 0) throw lacksNft(host.name);
  },
  armDeadMan: ({ host, deadManMs }) => armOnNode(host, 'cut', deadManMs, reconnect),
  async inject(context) {
    return { atMs: await injectOnNode(context, cutScript(context), 'filter the links') };
  },
  heal: ({ host }) => healOnNode(host, 'cut', reconnect),
};

const reconnect = 'for family in inet arp; do nft delete table $family holdfast_drill 2>/dev/null || :; done';

/** nft(8) reads the whole file as one transaction: both families are cut at the same instant. */
export function cutScript({ node, virtualAddress }: Pick<FaultContext, 'node' | 'virtualAddress'>): string {
  const addresses = [...node.links, virtualAddress].map(shellQuote).join(' ');
  return `links=
for address in ${addresses}; do
  link=$(ip -o addr show to "$address" | { read -r _ name _ && echo "$name"; }) ||
    { echo "no interface carries $address" >&2; exit 1; }
  case " $links " in *" \\"$link\\", "*) ;; *) links="$links\\"$link\\", " ;; esac
done
read -r us _ server port <<EOF
\${SSH_CONNECTION:-}
EOF
ours=
theirs=
if [ -n "$port" ]; then
  case $us in *:*) ip=ip6 ;; *) ip=ip ;; esac
  ours="$ip saddr $us tcp dport $port accept"
  theirs="$ip daddr $us tcp sport $port accept"
fi
rules="table inet holdfast_drill {
  chain in { type filter hook input priority -300; $ours
    iifname { $links } drop
  }
  chain out { type filter hook output priority -300; $theirs
    oifname { $links } drop
  }
}
table arp holdfast_drill {
  chain in { type filter hook input priority 0; iifname { $links } drop; }
  chain out { type filter hook output priority 0; oifname { $links } drop; }
}"
at=$(date +%s%N); echo "$rules" | nft -f -
echo "$at"`;
}

function lacksNft(name: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-FAULT',
    message: `${name} has no nft: network-cut needs the package nftables.`,
    remedy: 'Install it there: `apt-get install nftables`. Nothing was broken yet.',
    source: 'site',
  });
}
