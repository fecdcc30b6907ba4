import { HoldfastError } from '../../core/index.ts';
import { type ConfSection, serializeConf } from './conf-tree.ts';
import type { CorosyncConf, QuorumDevice } from './corosync-conf.ts';
import { linkHeartbeat } from './timing.ts';

/**
 * The text of /etc/corosync/corosync.conf, with every value that matters written out, so that no default of another release
 * changes the budget. Source: corosync.conf(5), votequorum(5), corosync-qdevice(8).
 * Throws HF-COROSYNC-VALUE for a value with a line break or a brace, which the format cannot quote.
 */
export function writeCorosyncConf(conf: CorosyncConf): string {
  return serializeConf({
    entries: [],
    sections: [totem(conf), quorum(conf), nodelist(conf), logging()],
  });
}

function totem(conf: CorosyncConf): ConfSection {
  const { intervalMs, timeoutMs } = linkHeartbeat(conf.tokenMs);
  const links = conf.members[0]?.addresses.length ?? 0;
  return section(
    'totem',
    [
      ['version', '2'],
      ['cluster_name', plain('cluster_name', conf.clusterName)],
      ['transport', 'knet'],
      ['crypto_cipher', 'aes256'],
      ['crypto_hash', 'sha256'],
      ['token', String(conf.tokenMs)],
      // Otherwise Corosync adds 650 ms for every member above two, and the budget would not hold.
      ['token_coefficient', '0'],
      ['consensus', String(conf.consensusMs)],
      // All links carry heartbeats; one carries the data. A link that dies must not cost the token.
      ['link_mode', 'passive'],
    ],
    Array.from({ length: links }, (_, link) =>
      section('interface', [
        ['linknumber', String(link)],
        ['knet_transport', 'udp'],
        ['knet_ping_interval', String(intervalMs)],
        ['knet_ping_timeout', String(timeoutMs)],
        ['knet_pong_count', '2'],
      ]),
    ),
  );
}

function quorum({ quorum, members }: CorosyncConf): ConfSection {
  const votes: Entry = ['expected_votes', String(members.length + (quorum.kind === 'qnetd' ? 1 : 0))];
  switch (quorum.kind) {
    case 'majority':
      // One node and the witness may start after both nodes were dark: they fence the missing node before they serve.
      return section('quorum', [['provider', 'corosync_votequorum'], votes, ['wait_for_all', '0']]);
    case 'two-node':
      // Alone after both were dark, a node cannot know whether the other serves: it waits for it.
      return section('quorum', [['provider', 'corosync_votequorum'], votes, ['two_node', '1'], ['wait_for_all', '1']]);
    case 'qnetd':
      return section(
        'quorum',
        [['provider', 'corosync_votequorum'], votes, ['wait_for_all', '0']],
        [device(quorum.device)],
      );
  }
}

function device({ host, timeoutMs, syncTimeoutMs }: QuorumDevice): ConfSection {
  return section(
    'device',
    [
      ['model', 'net'],
      ['votes', '1'],
      ['timeout', String(timeoutMs)],
      ['sync_timeout', String(syncTimeoutMs)],
    ],
    [
      section('net', [
        ['host', plain('host', host)],
        // The default, `on`, falls back to no encryption when the server offers none.
        ['tls', 'required'],
        ['algorithm', 'ffsplit'],
        ['tie_breaker', 'lowest'],
      ]),
    ],
  );
}

function nodelist(conf: CorosyncConf): ConfSection {
  return section(
    'nodelist',
    [],
    conf.members.map((member) =>
      section('node', [
        ...member.addresses.map((address, link): Entry => [`ring${link}_addr`, plain(`ring${link}_addr`, address)]),
        ['name', plain('name', member.name)],
        ['nodeid', String(member.nodeId)],
      ]),
    ),
  );
}

/** To syslog, which the journal takes with its own microseconds; standard error is discarded by the unit. */
function logging(): ConfSection {
  return section('logging', [
    ['to_syslog', 'yes'],
    ['to_stderr', 'no'],
    ['to_logfile', 'no'],
    ['syslog_priority', 'info'],
    ['timestamp', 'hires'],
  ]);
}

type Entry = readonly [key: string, value: string];

function section(name: string, entries: readonly Entry[], sections: readonly ConfSection[] = []): ConfSection {
  return { name, entries, sections };
}

function plain(key: string, value: string): string {
  if (/^[^\s{}#:][^\s{}]*$/.test(value) || /^[0-9a-fA-F:.]+$/.test(value)) return value;
  throw new HoldfastError({
    code: 'HF-COROSYNC-VALUE',
    message: `The value ${JSON.stringify(value)} for ${key} cannot be written into corosync.conf.`,
    remedy: 'Use letters, digits, `.`, `:` and `-` only.',
    source: 'user',
  });
}
