import { nearest } from '../../core/index.ts';
import type { Rule } from '../finding.ts';
import { entryValue, wholeNumber } from '../inputs/corosync-view.ts';
import { list } from '../inputs/pacemaker-values.ts';
import { overConf } from './quorum.ts';

const manual = 'corosync.conf(5)';

/** How the members hear of each other. */
export const corosyncRules: readonly Rule[] = [
  {
    code: 'HF-LINT-COROSYNC-SINGLE-LINK',
    title: 'The members have one link',
    severity: 'warning',
    danger: 'One cable, switch or port that fails cuts the cluster: a node is fenced although both machines are well.',
    remedy: 'Add a second link over other cables and another switch (ring1_addr on every node).',
    source: `${manual}, interface`,
    acceptedBy: 'single-link',
    find: overConf(function* (conf) {
      const [first] = conf.nodes;
      const links = new Set(conf.nodes.flatMap(({ addresses }) => [...addresses.keys()]));
      if (first === undefined || conf.nodes.length < 2 || links.size > 1) return;
      yield { where: conf.place(first.section), why: `${list(conf.nodes.map(({ name }) => name))} have link 0 only.` };
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-LINK-MISSING',
    title: 'A member lacks a link that others have',
    severity: 'warning',
    danger: 'For that member the second link does not exist: one fault cuts it off.',
    remedy: 'Give every node an address on every link.',
    source: manual,
    find: overConf(function* (conf) {
      const links = new Set(conf.nodes.flatMap(({ addresses }) => [...addresses.keys()]));
      for (const { section, name, addresses } of conf.nodes) {
        const missing = [...links].filter((link) => !addresses.has(link));
        if (missing.length === 0) continue;
        yield { where: conf.place(section), why: `${name} has no ${list(missing.map((link) => `ring${link}_addr`))}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-SAME-NETWORK',
    title: 'Two links run in one network',
    severity: 'warning',
    danger: 'The kernel sends both over the same port: they fail together, and the second is none.',
    remedy: 'Give the second link a network, a port and a switch of its own.',
    source: `${manual}, bindnetaddr; the kernel's routing takes the first route for both`,
    find: overConf(function* (conf) {
      const [first] = conf.nodes;
      const networks = [...(first?.addresses ?? [])].map(([link, address]) => ({ link, network: networkOf(address) }));
      const twins = networks.filter(
        ({ network }, index) =>
          network !== undefined && networks.some((each, at) => at < index && each.network === network),
      );
      if (first !== undefined && twins.length > 0) {
        yield {
          where: conf.place(first.section),
          why: `${first.name} has ${list([...first.addresses.values()])}: links of one network.`,
        };
      }
      const bound = conf.interfaces.map((section) => ({ section, address: entryValue(section, 'bindnetaddr') }));
      for (const [index, { section, address }] of bound.entries()) {
        if (address === undefined || !bound.slice(0, index).some((each) => each.address === address)) continue;
        yield { where: conf.place(section), why: `Two interfaces have bindnetaddr ${address}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-UNENCRYPTED',
    title: 'The cluster speaks in clear text with anybody',
    severity: 'warning',
    danger: 'Whoever reaches the network can join, order a fencing, or read what the CIB says, passwords included.',
    remedy: 'Set crypto_cipher: aes256 and crypto_hash: sha256, and make a key with corosync-keygen.',
    source: `${manual}, crypto_cipher and secauth (none by default)`,
    find: overConf(function* (conf) {
      const secauth = conf.value('totem.secauth') ?? 'off';
      const byDefault = secauth === 'on' ? 'aes256' : 'none';
      const cipher = conf.value('totem.crypto_cipher') ?? byDefault;
      const hash = conf.value('totem.crypto_hash') ?? byDefault;
      const transport = conf.value('totem.transport') ?? 'knet';
      if (transport === 'knet' && cipher !== 'none' && hash !== 'none') return;
      if (transport !== 'knet' && (secauth === 'on' || (cipher !== 'none' && hash !== 'none'))) return;
      yield {
        where: conf.placeOf(conf.value('totem.crypto_cipher') === undefined ? 'totem.secauth' : 'totem.crypto_cipher'),
        why: `crypto_cipher is ${cipher} and crypto_hash is ${hash}${conf.value('totem.crypto_cipher') === undefined ? ' by default' : ''}.`,
      };
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-TRANSPORT',
    title: 'A transport without links and encryption',
    severity: 'note',
    danger: 'With udp and udpu Corosync 3 has one link for each node and no encryption.',
    remedy: 'Use transport: knet.',
    source: `${manual}, "Only knet allows crypto or multiple interfaces per node"`,
    find: overConf(function* (conf) {
      const transport = conf.value('totem.transport');
      if (transport === undefined || transport === 'knet') return;
      yield { where: conf.placeOf('totem.transport'), why: `transport is ${transport}.` };
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-TOKEN-SHORT',
    title: 'A token timeout that a busy machine misses',
    severity: 'warning',
    danger:
      'A pause of the scheduler, of the hypervisor or of a switch is taken for a death, and a sound node is fenced.',
    remedy: 'Use at least 1000 ms, and measure before going below 3000 ms (the default).',
    source: `${manual}, token; measured: 300 ms was lost by itself on a busy host, 1000 ms was not`,
    find: overConf(function* (conf) {
      const token = conf.number('totem.token');
      if (token === undefined || token >= 1000) return;
      yield { where: conf.placeOf('totem.token'), why: `token is ${token} ms.` };
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-TOKEN-LONG',
    title: 'A dead node is noticed late',
    severity: 'note',
    danger:
      'Nothing can begin before the token is lost: every takeover takes at least that long, and 1.2 times more for consensus.',
    remedy: 'Use 1000 to 5000 ms on a local network.',
    source: `${manual}, token and consensus`,
    find: overConf(function* (conf) {
      const token = conf.number('totem.token');
      if (token === undefined || token <= 10_000) return;
      yield {
        where: conf.placeOf('totem.token'),
        why: `token is ${token} ms: no takeover begins before ${Math.round((token * 2.2) / 1000)} s.`,
      };
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-CONSENSUS',
    title: 'Consensus is shorter than 1.2 times the token',
    severity: 'warning',
    danger: 'The members agree on a membership before all had the time to answer: nodes are left out that live.',
    remedy: 'Remove consensus: Corosync computes 1.2 times the token.',
    source: `${manual}, consensus`,
    find: overConf(function* (conf) {
      const consensus = conf.number('totem.consensus');
      const token = conf.number('totem.token') ?? 3000;
      // "For two node clusters, a consensus larger than the join timeout but less than token is safe."
      if (consensus === undefined || consensus >= token * 1.2 || conf.nodes.length <= 2) return;
      yield { where: conf.placeOf('totem.consensus'), why: `consensus is ${consensus} ms and token ${token} ms.` };
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-TOKEN-GROWS',
    title: 'The token is longer than what is written',
    severity: 'note',
    danger:
      'Corosync adds token_coefficient (650 ms) for every node above two: a takeover takes longer than was reckoned.',
    remedy: 'Set token_coefficient: 0, and the token that you mean.',
    source: `${manual}, token_coefficient`,
    find: overConf(function* (conf) {
      const token = conf.number('totem.token');
      const coefficient = conf.number('totem.token_coefficient') ?? 650;
      const above = conf.nodes.length - 2;
      if (token === undefined || coefficient === 0 || above <= 0) return;
      yield {
        where: conf.placeOf('totem.token'),
        why: `token is written as ${token} ms, and is ${token + above * coefficient} ms with ${conf.nodes.length} nodes.`,
      };
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-LINK-DEAD-LATE',
    title: 'A dead link is noticed after the token',
    severity: 'warning',
    danger: 'The second link never takes over: with the first the token is lost, and a node is fenced.',
    remedy: 'Remove knet_ping_timeout: Corosync takes half the token.',
    source: `${manual}, knet_ping_timeout`,
    find: overConf(function* (conf) {
      const token = conf.number('totem.token') ?? 3000;
      for (const section of conf.interfaces) {
        const timeout = wholeNumber(entryValue(section, 'knet_ping_timeout'));
        if (timeout === undefined || timeout < token) continue;
        yield { where: conf.place(section), why: `knet_ping_timeout is ${timeout} ms and token ${token} ms.` };
      }
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-NODE-IDS',
    title: 'Two members have the same name, number or address',
    severity: 'error',
    danger: 'Corosync refuses to start, or the members take each other for themselves.',
    remedy: 'Give each node its own name, nodeid and addresses.',
    source: `${manual}, nodelist`,
    find: overConf(function* (conf) {
      const seen = new Map<string, string>();
      for (const { section, name, id, addresses } of conf.nodes) {
        const marks = [
          `name ${name}`,
          ...(id === undefined ? [] : [`nodeid ${id}`]),
          ...[...addresses.values()].map((each) => `address ${each}`),
        ];
        const taken = marks.filter((mark) => seen.has(mark));
        if (taken.length > 0) yield { where: conf.place(section), why: `Two nodes have ${list(taken)}.` };
        for (const mark of marks) seen.set(mark, name);
      }
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-NODE-ID-MISSING',
    title: 'A node without a number',
    severity: 'error',
    danger: 'Corosync does not start: knet needs a nodeid for every node.',
    remedy: 'Give every node a nodeid of its own.',
    source: `${manual}, nodeid`,
    find: overConf(function* (conf) {
      if ((conf.value('totem.transport') ?? 'knet') !== 'knet') return;
      for (const { section, name, id } of conf.nodes) {
        if (id === undefined) yield { where: conf.place(section), why: `${name} has no nodeid.` };
      }
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-NAMES',
    title: 'Corosync and Pacemaker know different nodes',
    severity: 'warning',
    danger:
      'A node that only one of them knows gets no vote, or no resource, and its fencing is for a name that nobody has.',
    remedy: 'Use the host names in the nodelist, and remove what is gone with `crm_node --remove`.',
    source: `${manual}, nodelist.node.name`,
    find: overConf(function* (conf, { cib }) {
      const nodes = (cib?.nodes ?? []).filter(({ remote }) => !remote);
      const named = new Set(nodes.map(({ name }) => name));
      const listed = new Set(conf.nodes.map(({ name }) => name));
      // Without a name in the file, Pacemaker takes the host name, which the file does not say.
      const unnamed = conf.nodes.some(({ section }) => entryValue(section, 'name') === undefined);
      if (named.size === 0 || listed.size === 0 || cib === undefined || unnamed) return;
      for (const { section, name } of conf.nodes) {
        if (!named.has(name))
          yield { where: conf.place(section), why: `The nodelist has ${name}; the CIB knows ${list([...named])}.` };
      }
      for (const { name, element } of nodes) {
        if (!listed.has(name))
          yield { where: cib.place(element), why: `The CIB has ${name}; the nodelist knows ${list([...listed])}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-COROSYNC-KEY',
    title: 'A key that Corosync does not know',
    severity: 'warning',
    danger: 'Corosync passes over it: what was meant does not hold.',
    remedy: 'Correct the spelling.',
    source: manual,
    find: overConf(function* (conf) {
      for (const section of conf.root.sections) {
        const known = knownKeys.get(section.name);
        for (const entry of known === undefined ? [] : section.entries) {
          const [key] = entry;
          const meant = known?.includes(key) ? undefined : nearest(key, known ?? []);
          if (meant === undefined) continue;
          yield {
            where: conf.place(entry),
            why: `${section.name} has no key ${key}; ${meant} is one.`,
            remedy: `Write ${meant}.`,
          };
        }
      }
    }),
  },
  {
    code: 'HF-LINT-FILES-DIFFER',
    title: 'The machines have different configurations',
    severity: 'error',
    danger: 'Each works by its own: timeouts, votes or devices differ, and nobody sees it until a fault.',
    remedy: 'Copy the right file to every machine and reload it.',
    source: 'corosync.conf(5) and drbd.conf(5): the files shall be the same everywhere',
    *find({ differences }) {
      for (const { first, other, missing } of differences) {
        const why = missing
          ? `There is no ${other}, and there is ${first}.`
          : `${other} says something else than ${first}.`;
        yield { where: { file: other }, why };
      }
    },
  },
];

/** The /24 or /64 of an address; undefined for a name. */
function networkOf(address: string): string | undefined {
  const v4 = /^(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  const groups = address.includes('::') ? (address.split('::')[0] ?? '').split(':') : address.split(':');
  return address.includes(':') && groups.length > 1 ? groups.slice(0, 4).join(':').toLowerCase() : undefined;
}

const knownKeys: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    totem:
      'version clear_node_high_bit crypto_model crypto_hash crypto_cipher secauth keyfile key link_mode netmtu transport cluster_name config_version ip_version token token_warning token_coefficient token_retransmit knet_compression_model knet_compression_threshold knet_compression_level hold token_retransmits_before_loss_const join send_join consensus merge downcheck fail_recv_const seqno_unchanged_const heartbeat_failures_allowed max_network_delay window_size max_messages miss_count_const knet_pmtud_interval knet_mtu block_unlisted_ips cancel_token_hold_on_retransmit rrp_mode interface nodeid ip_dscp'.split(
        ' ',
      ),
    quorum:
      'provider expected_votes two_node wait_for_all last_man_standing last_man_standing_window auto_tie_breaker auto_tie_breaker_node allow_downscale ev_tracking'.split(
        ' ',
      ),
  }),
);
