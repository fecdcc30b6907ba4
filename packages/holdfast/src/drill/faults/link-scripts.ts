import { shellQuote } from '../../core/index.ts';

/** Pieces of POSIX sh that find and disturb the interfaces of a node. Each may follow the ones before it in one script. */

/** Sets `links` to the interfaces that carry the addresses, each once, as a list of nft; fails where one is on no interface. */
export function findLinks(addresses: readonly string[]): string {
  return `links=
for address in ${addresses.map(shellQuote).join(' ')}; do
  link=$(ip -o addr show to "$address" | { read -r _ name _ && echo "$name"; }) ||
    { echo "no interface carries $address" >&2; exit 1; }
  case " $links " in *" \\"$link\\", "*) ;; *) links="$links\\"$link\\", " ;; esac
done`;
}

/**
 * Drops what passes the interfaces in `links`, ARP included; with `corosyncLoss`, only that many of 100 packets of Corosync.
 * Our own SSH connection stays. nft(8) reads the whole file as one transaction: all is cut at the same instant.
 */
export function filterLinks({
  directions,
  corosyncLoss,
}: {
  readonly directions: readonly ('in' | 'out')[];
  readonly corosyncLoss?: number;
}): string {
  // knet listens on 5405 plus the number of the link (corosync.conf(5), mcastport).
  const which = corosyncLoss === undefined ? '' : `udp dport 5405-5412 numgen random mod 100 < ${corosyncLoss} `;
  const inet = directions.map((direction) =>
    direction === 'in'
      ? `  chain in { type filter hook input priority -300; $ours
    iifname { $links } ${which}drop
  }`
      : `  chain out { type filter hook output priority -300; $theirs
    oifname { $links } ${which}drop
  }`,
  );
  const arp = directions.map((direction) =>
    direction === 'in'
      ? '  chain in { type filter hook input priority 0; iifname { $links } drop; }'
      : '  chain out { type filter hook output priority 0; oifname { $links } drop; }',
  );
  const tables = [
    `table inet ${table} {\n${inet.join('\n')}\n}`,
    ...(corosyncLoss === undefined ? [`table arp ${table} {\n${arp.join('\n')}\n}`] : []),
  ];
  return `read -r us _ server port <<EOF
\${SSH_CONNECTION:-}
EOF
ours=
theirs=
if [ -n "$port" ]; then
  case $us in *:*) ip=ip6 ;; *) ip=ip ;; esac
  ours="$ip saddr $us tcp dport $port accept"
  theirs="$ip daddr $us tcp sport $port accept"
fi
nft -f - <<EOF
${tables.join('\n')}
EOF`;
}

const table = 'holdfast_drill';

/** Undoes it; harmless where there is nothing. */
export const unfilter = `for family in inet arp; do nft delete table $family ${table} 2>/dev/null || :; done`;

/** Delays everything that leaves the interfaces in `links`. */
export function delayLinks(delayMs: number): string {
  return `for link in $(echo "$links" | tr -d '",'); do
  tc qdisc add dev "$link" root handle ${delayHandle} netem delay ${delayMs}ms
done`;
}

/** By it we know our own. */
const delayHandle = '4846:';

export const undelay = `for link in $(tc qdisc show | sed -n 's/^qdisc netem ${delayHandle} dev \\([^ ]*\\) .*/\\1/p'); do
  tc qdisc del dev "$link" root
done`;
