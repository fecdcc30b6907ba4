import { type CorosyncParts, cib, corosync, type Example, given } from './configurations.fixture.ts';

const provider = 'provider: corosync_votequorum';
const pair = ['alpha', 'bravo'];
const device = 'device {\nmodel: net\nvotes: 1\nnet {\nhost: charlie\ntls: required\n}\n}';

function conf(bad: CorosyncParts, good: CorosyncParts = {}): Example {
  return { bad: given(corosync(bad)), good: given(corosync(good)) };
}

function quorum(bad: string, good: string, nodes: readonly string[] = pair): Example {
  return conf({ nodes, quorum: `${provider}\n${bad}` }, { nodes, quorum: `${provider}\n${good}` });
}

const addresses = (one: string, two: string) => (index: number) =>
  `nodeid: ${index + 1}\nring0_addr: ${one}${index + 1}\nring1_addr: ${two}${index + 1}`;

export const quorumExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-QUORUM-IGNORED': {
    bad: given(cib({ nodes: ['alpha', 'bravo', 'charlie'], properties: { 'no-quorum-policy': 'ignore' } })),
    good: given(cib({ nodes: ['alpha', 'bravo', 'charlie'], properties: { 'no-quorum-policy': 'stop' } })),
  },
  'HF-LINT-QUORUM-NONE': conf({ quorum: '' }),
  'HF-LINT-QUORUM-TWO-NODE-NO-WAIT': quorum('two_node: 1\nwait_for_all: 0', 'two_node: 1'),
  'HF-LINT-QUORUM-WAITS-FOR-ALL': quorum('two_node: 1', device),
  'HF-LINT-QUORUM-NO-WITNESS': quorum('two_node: 1', device),
  'HF-LINT-QUORUM-VOTES': quorum('expected_votes: 2', 'expected_votes: 3', ['alpha', 'bravo', 'charlie']),
  'HF-LINT-QUORUM-TWO-NODE-COUNT': quorum('two_node: 1', '', ['alpha', 'bravo', 'charlie']),
  'HF-LINT-QUORUM-TWO-NODE-DEVICE': quorum(`two_node: 1\n${device}`, device),
  'HF-LINT-QUORUM-DEVICE-CONFLICT': quorum(`last_man_standing: 1\n${device}`, device),
  'HF-LINT-QUORUM-DEVICE-PLAIN': quorum(device.replace('tls: required\n', ''), device),
  'HF-LINT-QUORUM-NO-SURVIVOR': quorum('expected_votes: 2', 'two_node: 1'),
  'HF-LINT-QUORUM-EVEN': conf({ nodes: ['a', 'b', 'c', 'd'] }, { nodes: ['a', 'b', 'c', 'd', 'e'] }),
  'HF-LINT-QUORUM-LAST-MAN': conf(
    { quorum: `${provider}\nlast_man_standing: 1` },
    { quorum: `${provider}\nlast_man_standing: 1\nwait_for_all: 1` },
  ),
};

export const corosyncExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-COROSYNC-SINGLE-LINK': conf({
    nodeLines: (index) => `nodeid: ${index + 1}\nring0_addr: 10.0.1.${index + 1}`,
  }),
  'HF-LINT-COROSYNC-LINK-MISSING': conf({
    nodeLines: (index) =>
      `nodeid: ${index + 1}\nring0_addr: 10.0.1.${index + 1}${index === 0 ? '' : `\nring1_addr: 10.0.2.${index + 1}`}`,
  }),
  'HF-LINT-COROSYNC-SAME-NETWORK': conf({ nodeLines: addresses('10.0.1.1', '10.0.1.2') }),
  'HF-LINT-COROSYNC-UNENCRYPTED': {
    bad: given(corosync().replace('crypto_cipher: aes256', 'crypto_cipher: none')),
    good: given(corosync().replace('crypto_cipher: aes256\ncrypto_hash: sha256', 'secauth: on')),
  },
  'HF-LINT-COROSYNC-TRANSPORT': { bad: given(corosync().replace('knet', 'udpu')), good: given(corosync()) },
  'HF-LINT-COROSYNC-TOKEN-SHORT': conf({ totem: 'token: 300' }),
  'HF-LINT-COROSYNC-TOKEN-LONG': conf({ totem: 'token: 30000' }),
  'HF-LINT-COROSYNC-CONSENSUS': conf(
    { totem: 'token: 1000\nconsensus: 1000' },
    { totem: 'token: 1000\nconsensus: 1200' },
  ),
  'HF-LINT-COROSYNC-TOKEN-GROWS': {
    bad: given(corosync().replace('token_coefficient: 0', '')),
    good: given(corosync()),
  },
  'HF-LINT-COROSYNC-LINK-DEAD-LATE': conf(
    { interfaces: 'interface {\nlinknumber: 0\nknet_ping_timeout: 2000\n}' },
    { interfaces: 'interface {\nlinknumber: 0\nknet_ping_timeout: 500\n}' },
  ),
  'HF-LINT-COROSYNC-NODE-IDS': conf({
    nodeLines: (index) => `nodeid: 1\nring0_addr: 10.0.1.${index + 1}\nring1_addr: 10.0.2.${index + 1}`,
  }),
  'HF-LINT-COROSYNC-NODE-ID-MISSING': conf({
    nodeLines: (index) => `ring0_addr: 10.0.1.${index + 1}\nring1_addr: 10.0.2.${index + 1}`,
  }),
  'HF-LINT-COROSYNC-NAMES': {
    bad: given(cib(), corosync({ nodes: ['alpha', 'beta'] })),
    good: given(cib(), corosync({ nodes: pair })),
  },
  'HF-LINT-COROSYNC-KEY': conf({ totem: 'tokn: 1000' }),
  'HF-LINT-FILES-DIFFER': {
    bad: { files: [fromHost('alpha', corosync()), fromHost('bravo', corosync({ totem: 'token: 5000' }))] },
    good: { files: [fromHost('alpha', corosync()), fromHost('bravo', `# The same.\n${corosync()}`)] },
  },
};

function fromHost(host: string, text: string) {
  return { name: `${host}:/etc/corosync/corosync.conf`, host, text };
}
