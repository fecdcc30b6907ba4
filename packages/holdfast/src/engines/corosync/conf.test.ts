import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfBody, parseConf, serializeConf } from './conf-tree.ts';
import type { CorosyncConf } from './corosync-conf.ts';
import { writeCorosyncConf } from './write-conf.ts';

const conf: CorosyncConf = {
  clusterName: 'plant-7',
  tokenMs: 1000,
  consensusMs: 1200,
  members: [
    { name: 'alpha', nodeId: 1, addresses: ['10.77.1.11', 'fd00:77::11'] },
    { name: 'bravo', nodeId: 2, addresses: ['10.77.1.12', 'fd00:77::12'] },
  ],
  quorum: { kind: 'two-node' },
};

describe('A corosync.conf', () => {
  const tree = parseConf(writeCorosyncConf(conf));

  it('encrypts, and lets no default stretch the token', () => {
    expect(entriesOf(tree, 'totem')).toMatchObject({
      crypto_cipher: 'aes256',
      crypto_hash: 'sha256',
      token: '1000',
      token_coefficient: '0',
    });
  });

  it('passes over a dead link before the token is lost with it', () => {
    const link = tree.sections.find(({ name }) => name === 'totem')?.sections[1];
    const { knet_ping_interval: interval, knet_ping_timeout: timeout } = Object.fromEntries(link?.entries ?? []);
    expect(Number(interval) + Number(timeout)).toBeLessThan(1000);
  });

  it('lists every link of every member', () => {
    const nodes = tree.sections
      .find(({ name }) => name === 'nodelist')
      ?.sections.map(({ entries }) => Object.fromEntries(entries));
    expect(nodes).toEqual([
      { ring0_addr: '10.77.1.11', ring1_addr: 'fd00:77::11', name: 'alpha', nodeid: '1' },
      { ring0_addr: '10.77.1.12', ring1_addr: 'fd00:77::12', name: 'bravo', nodeid: '2' },
    ]);
  });

  it('lets two nodes alone wait for each other, and no others', () => {
    expect(entriesOf(tree, 'quorum')).toMatchObject({ two_node: '1', wait_for_all: '1', expected_votes: '2' });
    const majority = parseConf(writeCorosyncConf({ ...conf, quorum: { kind: 'majority' } }));
    expect(entriesOf(majority, 'quorum')).toEqual({
      provider: 'corosync_votequorum',
      expected_votes: '2',
      wait_for_all: '0',
    });
  });

  it('counts the vote of qnetd, and speaks to it encrypted or not at all', () => {
    const device = { host: 'quorum', timeoutMs: 2500, syncTimeoutMs: 7500 };
    const qnetd = parseConf(writeCorosyncConf({ ...conf, quorum: { kind: 'qnetd', device } }));
    expect(entriesOf(qnetd, 'quorum')).toMatchObject({ expected_votes: '3' });
    expect(qnetd.sections.find(({ name }) => name === 'quorum')?.sections[0]?.sections[0]?.entries).toContainEqual([
      'tls',
      'required',
    ]);
  });

  it.each(['a b', 'a\nb: c', 'a{', '}', '', '#a'])(
    'refuses the name %j, which the format cannot hold',
    (clusterName) => {
      expect(() => writeCorosyncConf({ ...conf, clusterName })).toThrow('cluster_name');
    },
  );
});

describe('The reader of corosync.conf', () => {
  it('reads back every tree that is written', () => {
    const word = fc.stringMatching(/^[a-z_0-9]{1,8}$/);
    const body = (levels: number): fc.Arbitrary<ConfBody> =>
      fc.record({
        entries: fc.array(fc.tuple(word, fc.stringMatching(/^[a-z0-9:.]{1,12}$/)), { maxLength: 3 }),
        sections:
          levels === 0
            ? fc.constant([])
            : fc.array(
                fc.tuple(word, body(levels - 1)).map(([name, inner]) => ({ name, ...inner })),
                { maxLength: 3 },
              ),
      });
    fc.assert(fc.property(body(3), (tree) => void expect(strip(parseConf(serializeConf(tree)))).toEqual(tree)));
  });

  it('skips comments and blank lines, and takes any indentation', () => {
    expect(strip(parseConf('# all\n\n\ttotem {\n   token:   1000\n #no\n}\n'))).toEqual({
      entries: [],
      sections: [{ name: 'totem', entries: [['token', '1000']], sections: [] }],
    });
  });

  it.each([
    ['a line that says nothing', 'totem {\n  token\n}\n', 2],
    ['a section that is never closed', 'quorum {\n}\ntotem {\n  token: 1000\n', 3],
    ['a brace too many', 'totem {\n}\n}\n', 3],
  ])('says in which line there is %s, and leaves the cluster to those who made it', (_, text, line) => {
    expect(() => parseConf(text)).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({
            message: expect.not.stringContaining('corosync.conf:'),
            remedy: 'Compare the line with corosync.conf(5).',
            source: 'user',
            at: { file: 'corosync.conf', line, column: 1 },
          }),
        ],
      }),
    );
  });
});

function entriesOf(tree: ConfBody, section: string): Record<string, string> {
  return Object.fromEntries(tree.sections.find(({ name }) => name === section)?.entries ?? []);
}

/** Without the name that the root has inside the reader. */
function strip({ entries, sections }: ConfBody): ConfBody {
  return { entries, sections };
}
