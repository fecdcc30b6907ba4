import type { Found, Rule } from '../finding.ts';
import { fencingIsOn, overCib, property } from '../inputs/cib-questions.ts';
import { type CorosyncView, entryValue, wholeNumber } from '../inputs/corosync-view.ts';
import { type Evidence, memberNames } from '../inputs/evidence.ts';
import { list } from '../inputs/pacemaker-values.ts';

const votequorum = 'votequorum(5)';

/** Which part of a cluster that fell apart may go on. */
export const quorumRules: readonly Rule[] = [
  {
    code: 'HF-LINT-QUORUM-IGNORED',
    title: 'Members without quorum go on',
    severity: 'error',
    danger:
      'A part of the cluster that lost the others goes on serving, and fences or doubles the part that still has quorum.',
    remedy: 'Set no-quorum-policy=stop; on two nodes let Corosync have two_node or a quorum device.',
    source: 'Pacemaker Explained, no-quorum-policy',
    find: overCib(function* (cib, evidence) {
      const setting = property(cib, 'no-quorum-policy');
      if (setting?.value !== 'ignore') return;
      const members = memberNames(evidence);
      if (members.length === 1) return;
      const fenced = fencingIsOn(cib);
      const pair = members.length === 2 && fenced;
      yield {
        where: cib.place(setting.element),
        why: pair
          ? 'no-quorum-policy is ignore; on two nodes with fencing, two_node in corosync.conf does the same and also waits at the start.'
          : `no-quorum-policy is ignore${members.length > 2 ? ` with ${members.length} members` : ''}${fenced ? '' : ' and nothing fences'}: every part of a cut cluster serves.`,
        ...(pair ? { severity: 'warning' } : {}),
      };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-NONE',
    title: 'Corosync counts no votes',
    severity: 'error',
    danger: 'Without a quorum provider every part of a cut cluster takes itself for the whole.',
    remedy: 'Add `provider: corosync_votequorum` to the quorum section.',
    source: votequorum,
    find: overConf(function* (conf) {
      if (conf.nodes.length === 1 || conf.value('quorum.provider') === 'corosync_votequorum') return;
      yield { where: conf.placeOf('quorum.provider'), why: 'The quorum section has no provider corosync_votequorum.' };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-TWO-NODE-NO-WAIT',
    title: 'A node that starts alone does not wait for the other',
    severity: 'error',
    danger:
      'After a reboot with the network cut, each node has quorum by itself: each fences the other, in turn, for ever; without fencing both serve.',
    remedy: 'Remove `wait_for_all: 0`.',
    source: `${votequorum}, two_node and wait_for_all`,
    find: overConf(function* (conf) {
      if (!isTwoNode(conf) || conf.value('quorum.wait_for_all') !== '0') return;
      yield { where: conf.placeOf('quorum.wait_for_all'), why: 'two_node is 1 and wait_for_all is 0.' };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-WAITS-FOR-ALL',
    title: 'After a blackout one node alone stays down',
    severity: 'note',
    danger:
      'Both nodes are dark and one returns: it cannot know whether the other serves, so it waits for it, until a person says otherwise.',
    remedy: 'Add a witness, or write down for the operator when and how quorum may be given by hand.',
    source: `${votequorum}, wait_for_all (on by default with two_node)`,
    find: overConf(function* (conf) {
      const waits = conf.value('quorum.wait_for_all');
      if (!isTwoNode(conf) || waits === '0') return;
      yield {
        where: conf.placeOf(waits === undefined ? 'quorum.two_node' : 'quorum.wait_for_all'),
        why: `${list(conf.nodes.map(({ name }) => name))} both have to be there once before either serves${waits === undefined ? ' (two_node implies wait_for_all)' : ''}.`,
      };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-NO-WITNESS',
    title: 'Two nodes and nobody to decide between them',
    severity: 'note',
    danger: 'When they lose sight of each other, the faster shot decides, not who can serve.',
    remedy: 'Add a third member or a quorum device (corosync-qnetd).',
    source: 'corosync-qdevice(8)',
    acceptedBy: 'no-witness',
    find: overConf(function* (conf) {
      if (!isTwoNode(conf) || conf.device !== undefined) return;
      yield {
        where: conf.placeOf('quorum.two_node'),
        why: `${list(conf.nodes.map(({ name }) => name))} have no third vote.`,
      };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-VOTES',
    title: 'The expected votes are not those that there are',
    severity: 'error',
    danger: 'With too few, two parts can have quorum at once; with too many, a sound majority has none.',
    remedy: 'Remove expected_votes: Corosync counts the nodelist itself. With a quorum device add its votes.',
    source: `${votequorum}, expected_votes`,
    find: overConf(function* (conf) {
      const expected = conf.number('quorum.expected_votes');
      if (expected === undefined || conf.nodes.length === 0) return;
      const ofNodes = conf.nodes.reduce((sum, { votes }) => sum + votes, 0);
      const ofDevice = conf.device === undefined ? 0 : (wholeNumber(entryValue(conf.device, 'votes')) ?? 1);
      if (expected === ofNodes + ofDevice) return;
      yield {
        where: conf.placeOf('quorum.expected_votes'),
        why: `expected_votes is ${expected}, and ${conf.nodes.length} nodes${ofDevice > 0 ? ' with the quorum device' : ''} have ${ofNodes + ofDevice}.`,
      };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-TWO-NODE-COUNT',
    title: 'two_node with another number of nodes',
    severity: 'error',
    danger: 'two_node gives quorum to one vote: with more nodes each part of a cut cluster would have it.',
    remedy: 'Remove two_node, or list exactly the two nodes.',
    source: `${votequorum}, two_node`,
    find: overConf(function* (conf) {
      if (!isTwoNode(conf) || conf.nodes.length === 2 || conf.nodes.length === 0) return;
      yield {
        where: conf.placeOf('quorum.two_node'),
        why: `two_node is 1, and the nodelist has ${conf.nodes.length} nodes.`,
      };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-TWO-NODE-DEVICE',
    title: 'two_node together with a quorum device',
    severity: 'error',
    danger: 'Corosync refuses to start with both.',
    remedy: 'Remove two_node: with the vote of the device it is not needed.',
    source: 'exec/votequorum.c of Corosync ("two_node and quorum device cannot be configured at the same time")',
    find: overConf(function* (conf) {
      if (!isTwoNode(conf) || conf.device === undefined) return;
      yield { where: conf.placeOf('quorum.two_node'), why: 'two_node is 1, and there is a quorum device.' };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-DEVICE-CONFLICT',
    title: 'A quorum device together with what it cannot go with',
    severity: 'error',
    danger: 'Corosync refuses the configuration, or leaves the device out.',
    remedy: 'Remove last_man_standing, auto_tie_breaker and allow_downscale.',
    source: 'exec/votequorum.c of Corosync ("quorum.device is not compatible with …")',
    find: overConf(function* (conf) {
      if (conf.device === undefined) return;
      for (const key of ['last_man_standing', 'auto_tie_breaker', 'allow_downscale']) {
        if (conf.value(`quorum.${key}`) !== '1') continue;
        yield { where: conf.placeOf(`quorum.${key}`), why: `${key} is 1, and there is a quorum device.` };
      }
    }),
  },
  {
    code: 'HF-LINT-QUORUM-DEVICE-PLAIN',
    title: 'The quorum device may be asked in clear text',
    severity: 'note',
    danger: 'Whoever stands between can answer for it and give the vote to the wrong half.',
    remedy: 'Set `tls: required` in the net section of the device.',
    source: 'corosync-qdevice(8), tls (the default, on, goes without where the server has none)',
    find: overConf(function* (conf) {
      const net = conf.device?.sections.find(({ name }) => name === 'net');
      if (net === undefined) return;
      const tls = entryValue(net, 'tls') ?? 'on';
      if (tls === 'required') return;
      yield {
        where: conf.place(net),
        why: `tls is ${tls}${entryValue(net, 'tls') === undefined ? ' by default' : ''}.`,
      };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-NO-SURVIVOR',
    title: 'The loss of one node stops the other',
    severity: 'warning',
    danger: 'Two votes of two are needed: whichever node is lost, the other loses quorum and stops everything.',
    remedy: 'Add a quorum device, or set two_node: 1 with fencing.',
    source: `${votequorum}, two_node`,
    find: overConf(function* (conf, { cib }) {
      const votes = conf.nodes.reduce((sum, node) => sum + node.votes, 0);
      if (conf.nodes.length !== 2 || votes !== 2 || isTwoNode(conf) || conf.device !== undefined) return;
      if (conf.value('quorum.auto_tie_breaker') === '1' || conf.value('quorum.provider') === undefined) return;
      if (cib !== undefined && property(cib, 'no-quorum-policy')?.value === 'ignore') return;
      yield {
        where: conf.placeOf('quorum.provider'),
        why: `${list(conf.nodes.map(({ name }) => name))} need each other's vote.`,
      };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-EVEN',
    title: 'An even number of votes',
    severity: 'note',
    danger: 'When the cluster is cut into equal halves, neither has quorum, and everything stops.',
    remedy: 'Add a quorum device, or auto_tie_breaker: 1.',
    source: `${votequorum}, auto_tie_breaker`,
    find: overConf(function* (conf) {
      const votes = conf.nodes.reduce((sum, node) => sum + node.votes, 0);
      if (conf.nodes.length < 4 || votes % 2 === 1 || conf.device !== undefined) return;
      if (conf.value('quorum.auto_tie_breaker') === '1') return;
      yield {
        where: conf.placeOf('quorum.provider'),
        why: `${conf.nodes.length} nodes have ${votes} votes and nothing breaks a tie.`,
      };
    }),
  },
  {
    code: 'HF-LINT-QUORUM-LAST-MAN',
    title: 'The expected votes shrink without waiting for all at the start',
    severity: 'warning',
    danger: 'Parts of a cut cluster can each shrink the votes, one after the other, and both have quorum.',
    remedy: 'Add wait_for_all: 1 to last_man_standing: 1.',
    source: `${votequorum}, last_man_standing ("very useful when combined with" wait_for_all)`,
    find: overConf(function* (conf) {
      if (conf.value('quorum.last_man_standing') !== '1' || conf.value('quorum.wait_for_all') === '1') return;
      if (isTwoNode(conf)) return;
      yield { where: conf.placeOf('quorum.last_man_standing'), why: 'last_man_standing is 1 and wait_for_all is not.' };
    }),
  },
];

function isTwoNode(conf: CorosyncView): boolean {
  return conf.value('quorum.two_node') === '1';
}

/** The rule sees each corosync.conf. */
export function overConf(find: (conf: CorosyncView, evidence: Evidence) => Iterable<Found>): Rule['find'] {
  return (evidence) => evidence.corosync.flatMap((conf) => [...find(conf, evidence)]);
}
