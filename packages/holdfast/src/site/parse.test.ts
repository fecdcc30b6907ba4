import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, HoldfastError } from '../core/index.ts';
import { timingProfiles } from './defaults.ts';
import { parseSite } from './index.ts';

const goodText = readFileSync(new URL('./golden/press-line.yaml', import.meta.url), 'utf8');
const goodSite: unknown = JSON.parse(readFileSync(new URL('./golden/press-line.json', import.meta.url), 'utf8'));
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const files: Record<string, string> = { '/sites/press/bmc-ca.pem': pem, '/sites/press/notes.txt': 'no certificate' };

function parse(text: string) {
  return parseSite(text, {
    file: '/sites/press/site.yaml',
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return content;
    },
  });
}

/** `line:column code` of each problem. */
function problemsOf(text: string) {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof HoldfastError) return error.problems;
    throw error;
  }
  return [];
}

/** The good file with one piece of text replaced; the piece must be there. */
function changed(from: string, to: string): string {
  if (!goodText.includes(from)) throw new Error(`the good file has no ${from}`);
  return goodText.replace(from, to);
}

describe('parseSite', () => {
  it('reads a whole site file and fills in the defaults', () => {
    const site = parse(goodText);
    expect(site).toEqual(goodSite);
    expect(site.nodes[0].fencing?.after).toBe('restart');
    expect(site.ssh.configFile).toBe('/sites/press/ssh_config');
  });

  it('tells every mistake at once, with its place and what to write instead', async () => {
    const shown = problemsOf(readFileSync(new URL('./golden/broken.yaml', import.meta.url), 'utf8'))
      .map(({ at, code, message, remedy }) => `${at?.line}:${at?.column}  ${code}  ${message}\n  → ${remedy}`)
      .join('\n');
    await expect(`${shown}\n`).toMatchFileSnapshot('./golden/broken.txt');
  });

  it.each<[ErrorCode, string, string]>([
    ['HF-SITE-UNKNOWN-KEY', 'witness:\n', 'witnes:\n'],
    ['HF-SITE-UNKNOWN-KEY', 'version: 1', 'version: 1\n__proto__: { a: 1 }'],
    ['HF-SITE-MISSING-KEY', 'pattern: active-passive\n', ''],
    ['HF-SITE-DUPLICATE-KEY', 'name: press-line', 'name: press-line\nname: other'],
    ['HF-SITE-YAML', 'name: press-line', 'name: "press-line'],
    ['HF-SITE-YAML', 'name: press-line', 'name: !!python/none press-line'],
    ['HF-SITE-YAML', 'name: press-line', '---\nname: press-line'],
    ['HF-SITE-ALIAS', 'name: press-line', 'name: &a press-line\nx: *a'],
    ['HF-SITE-KEY', 'name: press-line', '1: press-line'],
    ['HF-SITE-VALUE', 'kind: member', 'kind: membr'],
    ['HF-SITE-VALUE', 'timing: lan', 'timing: wan'],
    ['HF-SITE-VALUE', 'name: press-line', 'name: Press Line'],
    ['HF-SITE-VALUE', 'ssh: root@10.77.9.11', 'ssh: -oProxyCommand=reboot'],
    ['HF-SITE-VALUE', 'lab: true', 'lab: yes'],
    ['HF-SITE-UNQUOTED', 'name: alpha', 'name: 010'],
    ['HF-SITE-UNQUOTED', 'name: alpha', 'name: 0x10'],
    ['HF-SITE-UNQUOTED', 'name: alpha', 'name: 1e3'],
    ['HF-SITE-UNQUOTED', 'name: alpha', 'name: true'],
    ['HF-SITE-UNQUOTED', 'name: alpha', 'name: null'],
    ['HF-SITE-NUMBER-CHANGED', 'port: 8080', 'port: 08080'],
    ['HF-SITE-NUMBER-CHANGED', 'version: 1', 'version: 0x1'],
    ['HF-SITE-AMBIGUOUS', 'name: alpha', 'name: on'],
    ['HF-SITE-AMBIGUOUS', 'name: alpha', 'name: No'],
    ['HF-SITE-AMBIGUOUS', 'username: holdfast', 'username: 12:30:45'],
    ['HF-SITE-AMBIGUOUS', 'username: holdfast', 'username: 1_000'],
    ['HF-SITE-AMBIGUOUS', 'username: holdfast', 'username: 2026-01-02'],
    ['HF-DURATION-NO-UNIT', 'rto: 10s', 'rto: 10'],
    ['HF-DURATION-NO-UNIT', 'rto: 10s', "rto: '10'"],
    ['HF-DURATION-UNIT', 'rto: 10s', 'rto: 10sec'],
    ['HF-SITE-ZERO-DURATION', 'rto: 10s', 'rto: 0s'],
    ['HF-SITE-DUPLICATE-NAME', 'name: bravo', 'name: alpha'],
    ['HF-SITE-DUPLICATE-NAME', 'name: charlie', 'name: alpha'],
    ['HF-SITE-DUPLICATE-ADDRESS', '10.77.2.13', '10.77.2.11'],
    ['HF-SITE-LINK-COUNTS-DIFFER', '[10.77.1.13, 10.77.2.13]', '[10.77.1.13]'],
    ['HF-SITE-LINK-COUNT', '[10.77.1.13, 10.77.2.13]', '[]'],
    ['HF-SITE-LINK-FAMILY', '10.77.2.13', "'fd00::13'"],
    ['HF-SITE-ADDRESS', '10.77.2.13', '10.77.2.013'],
    ['HF-SITE-ADDRESS', '10.77.2.13', '10.77.2.256'],
    ['HF-SITE-ADDRESS', '10.77.1.100/24', '10.77.1.100'],
    ['HF-SITE-ADDRESS', 'address: 10.77.9.1:8443', 'address: 10.77.9.1:99999'],
    ['HF-SITE-ADDRESS', '\naddress: ', '\nreach: [10.77.1.256]\naddress: '],
    ['HF-SITE-ADDRESS', '\naddress: ', '\nreach: [10.77.1.11]\naddress: '],
    [
      'HF-SITE-ADDRESS',
      '\naddress: ',
      '\nreach: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8, 10.0.0.9]\naddress: ',
    ],
    ['HF-SITE-ADDRESS-KIND', '10.77.2.13', '127.0.0.1'],
    ['HF-SITE-PREFIX', '10.77.1.100/24', '10.77.1.100/33'],
    ['HF-SITE-VIRTUAL-ADDRESS-OUTSIDE', '10.77.1.100/24', '10.78.1.100/24'],
    ['HF-SITE-VIRTUAL-ADDRESS-TAKEN', '10.77.1.100/24', '10.77.1.13/24'],
    ['HF-SITE-VIRTUAL-ADDRESS-RESERVED', '10.77.1.100/24', '10.77.1.255/24'],
    ['HF-SITE-VIRTUAL-ADDRESS-RESERVED', '10.77.1.100/24', '10.77.1.0/24'],
    ['HF-SITE-TOKEN-RANGE', 'timing: lan', 'timing: { token: 100ms }'],
    ['HF-SITE-CONSENSUS-SHORT', 'timing: lan', 'timing: { token: 1s, consensus: 1199ms }'],
    ['HF-SITE-TIMEOUT-TOO-SHORT', 'stop: 20s', 'stop: 2s'],
    ['HF-SITE-UNIT-SUFFIX', 'ledger.service', 'ledger'],
    ['HF-SITE-UNIT-SUFFIX', 'ledger.service', 'ledger.slice'],
    ['HF-SITE-UNIT-NAME', 'ledger.service', 'ledger@.service'],
    ['HF-SITE-UNIT-NAME', 'ledger.service', '.service'],
    ['HF-SITE-UNIT-NAME', 'ledger.service', "'led ger.service'"],
    ['HF-SITE-PROBE-QUESTION', 'http: "http://127.0.0.1:8080/health", ', ''],
    ['HF-SITE-URL', 'http://127.0.0.1:8080/health', 'http://127.0.0.1:808080/health'],
    ['HF-SITE-URL', 'http://127.0.0.1:8080/health', 'ftp://127.0.0.1/health'],
    ['HF-SITE-ADDRESS', 'http: "http://127.0.0.1:8080/health"', 'tcp: 127.0.0.1:99999'],
    ['HF-SITE-DEVICE', '/dev/disk/by-id/wwn-0x5000', 'sdb'],
    ['HF-SITE-DEVICE', '/dev/disk/by-id/wwn-0x5000', '/dev/../etc/passwd'],
    ['HF-SITE-MOUNT-POINT', '/srv/state', 'srv/state'],
    ['HF-SITE-MOUNT-POINT', '/srv/state', '/srv/../etc'],
    ['HF-SITE-MOUNT-DANGEROUS', '/srv/state', '/'],
    ['HF-SITE-MOUNT-DANGEROUS', '/srv/state', '/etc'],
    ['HF-SITE-MOUNT-DANGEROUS', '/srv/state', '/usr/lib/state'],
    ['HF-SITE-MOUNT-DANGEROUS', '/srv/state', '/var'],
    ['HF-SITE-FENCING-SHARED', '/redfish/v1/Systems/bravo', '/redfish/v1/Systems/alpha'],
    ['HF-SITE-FENCING-ADDRESS', 'address: 10.77.9.1:8443', 'address: 10.77.1.11:8443'],
    ['HF-SITE-FENCING-ADDRESS', 'address: 10.77.9.1:8443', 'address: 10.77.2.12'],
    ['HF-SITE-FENCING-ADDRESS', 'address: 10.77.9.1:8443', 'address: 10.77.1.100'],
    ['HF-SITE-DUPLICATE-SSH', 'ssh: root@10.77.9.12', 'ssh: root@10.77.9.11'],
    ['HF-SITE-DUPLICATE-SSH', 'ssh: root@10.77.9.13', 'ssh: 10.77.9.11'],
    ['HF-SITE-SSH', 'ssh: root@10.77.9.12', 'ssh: bravo:22'],
    ['HF-SITE-SSH', 'ssh: root@10.77.9.12', "ssh: 'root@[fd00::12]:2222'"],
    ['HF-SITE-TLS-CONTRADICTION', 'ca: ./bmc-ca.pem', 'ca: ./bmc-ca.pem\n      tls: insecure'],
    ['HF-SITE-INSECURE-FENCING-TLS', 'ca: ./bmc-ca.pem', 'tls: insecure'],
    ['HF-SITE-CA-UNREADABLE', 'ca: ./bmc-ca.pem', 'ca: ./other.pem'],
    ['HF-SITE-CA-NOT-PEM', 'ca: ./bmc-ca.pem', 'ca: ./notes.txt'],
    ['HF-SITE-SECRET-NAME', 'password: bmc-alpha', 'password: S3cret!'],
    ['HF-SITE-SECRET-NAME', 'password: bmc-alpha', 'password: corosync-authkey'],
    ['HF-SITE-NO-PROBE', '    probe: { http: "http://127.0.0.1:8080/health", every: 2s, timeout: 2s }\n', ''],
    ['HF-SITE-RISK-NOT-PRESENT', 'drill:', 'accept: [{ risk: no-witness, because: "x" }]\ndrill:'],
  ])('refuses with %s: %j → %j', (code, from, to) => {
    expect(problemsOf(changed(from, to)).map((problem) => problem.code)).toContain(code);
  });

  it('refuses a site without fencing or witness, until the file accepts it in words', () => {
    const withoutWitness = goodText.replace(/witness:\n(?: {2}.*\n)+/, '');
    expect(problemsOf(withoutWitness).map((problem) => problem.code)).toEqual(['HF-SITE-NO-WITNESS']);
    const accepted = `${withoutWitness}accept: [{ risk: no-witness, because: ' a test\n  bench ' }]\n`;
    expect(parse(accepted).acceptedRisks).toEqual([{ risk: 'no-witness', because: 'a test bench' }]);

    const withoutFencing = goodText.replaceAll(/ {4}fencing:\n(?: {6}.*\n)+/g, '');
    expect(problemsOf(withoutFencing).map((problem) => problem.code)).toEqual([
      'HF-SITE-NO-FENCING',
      'HF-SITE-NO-FENCING',
    ]);
    expect(
      parse(`${withoutFencing}accept: [{ risk: no-fencing, because: a bench }]\n`).nodes[0].fencing,
    ).toBeUndefined();
  });

  it('refuses a reason of nothing but spaces, and the same risk twice', () => {
    const single = goodText.replaceAll(/, 10\.77\.2\.1[123]\]/g, ']');
    expect(problemsOf(single).map((problem) => problem.code)).toEqual(['HF-SITE-SINGLE-LINK']);
    const accepts = "accept: [{ risk: single-link, because: '  ' }, { risk: single-link, because: b }]\n";
    expect(problemsOf(single + accepts).map((problem) => problem.code)).toEqual([
      'HF-SITE-RISK-WITHOUT-REASON',
      'HF-SITE-RISK-TWICE',
    ]);
  });

  it('refuses one node and three nodes', () => {
    const one = goodText.replace(/ {2}- name: bravo\n(?: {4}.*\n)+/, '');
    expect(problemsOf(one).map((problem) => problem.code)).toEqual(['HF-SITE-TOO-FEW-NODES']);
    const third = '  - { name: delta, ssh: delta, links: [10.77.1.14, 10.77.2.14] }\n';
    const codes = problemsOf(goodText.replace('witness:\n', `${third}witness:\n`)).map((problem) => problem.code);
    expect(codes).toContain('HF-SITE-TOO-MANY-NODES');
  });

  it('takes IPv6 links, a virtual IPv6 address, and a device at one', () => {
    const text = goodText
      .replaceAll(/10\.77\.([12])\.([0-9]+)/g, (_all, network, host) => `'fd00:${network}::${host}'`)
      .replace("'fd00:1::100'/24", "'fd00:1::100/64'")
      .replace('address: 10.77.9.1:8443', "address: '[fd00:9::1]:8443'");
    const site = parse(text);
    expect(site.address).toEqual({ ip: 'fd00:1::100', prefixLength: 64 });
    expect(site.nodes[0].fencing?.levels).toMatchObject([[{ address: 'fd00:9::1', port: 8443 }]]);
    expect(
      problemsOf(text.replace('fd00:1::100/64', 'fd00:1:0:0::b/64').replace('fd00:1::11', 'fd00:1::b')),
    ).toMatchObject([{ code: 'HF-SITE-VIRTUAL-ADDRESS-TAKEN' }]);
  });

  it('takes its own times, with a consensus of 1.2 × token where none is given', () => {
    expect(parse(changed('timing: lan', 'timing: { token: 1500ms }')).timing).toEqual({
      profile: 'custom',
      tokenMs: 1500,
      consensusMs: 1800,
      migrationThreshold: 3,
      failureTimeoutMs: 120_000,
      slowness: 1,
    });
    expect(parse(changed('timing: lan', 'timing: { slowness: 4 }')).timing).toMatchObject({
      ...timingProfiles.lan,
      slowness: 4,
    });
    expect(problemsOf(changed('timing: lan', 'timing: { consensus: 1199ms }'))).toMatchObject([
      { code: 'HF-SITE-CONSENSUS-SHORT' },
    ]);
    expect(parse(changed('timing: lan', 'timing: cloud')).timing).toMatchObject({ tokenMs: 5000, consensusMs: 6000 });
  });

  it('tells only the first stumble over text that is not YAML, with the line itself', () => {
    expect(problemsOf('[}'.repeat(500))).toHaveLength(1);
    expect(problemsOf(changed('name: press-line', 'name: "press-line'))).toMatchObject([
      { code: 'HF-SITE-YAML', message: expect.stringContaining('The line is `name: "press-line`.'), at: { line: 3 } },
    ]);
  });

  it.each([
    'S3cret!',
    'S3cret.lower',
    's3cret_1',
    '"S3cret',
    '"S3cret" 1',
    '*S3cret',
    '&a S3cret!',
    '!S3cret',
    '@S3cret',
    '>S3cret',
    'S3cret: x',
    '{ S3cret: 1, S3cret: 2, 1: S3cret }',
    '[S3cret]',
  ])('never repeats what stands in the place of a password: %s', (value) => {
    for (const key of ['password:', 'pasword:', 'passwort:', 'secret:', 'password']) {
      const problems = problemsOf(changed('password: bmc-alpha', `${key} ${value}`));
      expect(problems).not.toEqual([]);
      expect(JSON.stringify(problems)).not.toMatch(/S3cret/i);
    }
  });

  it.each(['012345', '0x1F', '1_000', '12:30:45', 'yes', 'null', '12345'])(
    'nor a password that YAML makes something else of: %s',
    (value) => {
      expect(problemsOf(changed('password: bmc-alpha', `password: ${value}`))).toMatchObject([
        {
          code: 'HF-SITE-SECRET-NAME',
          message:
            '`nodes[0].fencing.password` is not the name of a secret (its text is not shown: it may be the password itself).',
          remedy:
            'Write a name, such as bmc-alpha, and run `holdfast secrets set /sites/press/site.yaml bmc-alpha`. If this was the real password, change it.',
        },
      ]);
      const misspelt = problemsOf(changed('password: bmc-alpha', `pasword: ${value}`));
      expect(misspelt.map(({ message }) => message)).toEqual(
        value === 'yes' ? expect.any(Array) : ['`pasword` is no key of `nodes[0].fencing`.'],
      );
    },
  );

  it('shows what to write where a key is missing', () => {
    const added = problemsOf('name: x\n').map(({ remedy }) => remedy);
    expect(added).toContain('Add `version: 1`.');
    expect(added).toContain('Add `objectives: { rto: 10s, rpo: 0s }`.');
    expect(added).toContain('Add `pattern: active-passive`.');
    expect(added).toContain('Add `workloads:` with entries such as `- { name: ledger, unit: ledger.service }`.');
    expect(added).toContain('Add `address: 10.77.1.100/24`: an address with the length of its network prefix.');
  });

  it.each([
    ['pattern:', 'patern:'],
    ['\naddress:', '\nadress:'],
    ['workloads:', 'workload:'],
    ['witness:', 'witnes:'],
    ['fencing:', 'fencng:'],
    ['links:', 'link:'],
    ['probe:', 'prob:'],
    ['http:', 'htp:'],
  ])('takes a misspelt key and the missing one that it stands for as one mistake: %j → %j', (from, to) => {
    expect(problemsOf(changed(from, to)).map(({ code }) => code)).toEqual(['HF-SITE-UNKNOWN-KEY']);
  });

  it('takes a misspelt `accept` as one mistake, too', () => {
    const withoutWitness = goodText.replace(/witness:\n(?: {2}.*\n)+/, '');
    const text = `${withoutWitness}acept: [{ risk: no-witness, because: a bench }]\n`;
    expect(problemsOf(text).map(({ code }) => code)).toEqual(['HF-SITE-UNKNOWN-KEY']);
  });

  it('knows which kind of witness a key belongs to', () => {
    expect(problemsOf(changed('kind: member', 'kind: qnetd\n  address: 10.0.0.1'))).toMatchObject([
      { message: '`links` belongs to a witness of kind member.', remedy: 'Take it out, or write `kind: member`.' },
    ]);
    expect(problemsOf(changed('kind: member', 'kind: member\n  address: 10.0.0.1'))).toMatchObject([
      { message: '`address` belongs to a witness of kind qnetd.', remedy: 'Take it out, or write `kind: qnetd`.' },
    ]);
  });

  it('does not call it a single link when only one member has fewer links than the others', () => {
    const codes = problemsOf(changed('[10.77.1.13, 10.77.2.13]', '[10.77.1.13]')).map(({ code }) => code);
    expect(codes).toEqual(['HF-SITE-LINK-COUNTS-DIFFER']);
  });

  it('says of a file of a newer version only that', () => {
    expect(problemsOf('version: 2\nunheard: of\n')).toMatchObject([
      { code: 'HF-SITE-VERSION', message: 'This file is of version 2; this Holdfast reads version 1.' },
    ]);
  });

  it.each(['token: 1000', "token: '1000'"])('takes a bare number of Corosync for milliseconds first: %s', (token) => {
    expect(problemsOf(changed('timing: lan', `timing: { ${token} }`))).toMatchObject([
      { remedy: 'Write 1000ms for milliseconds, 1000s for seconds or 1000m for minutes.' },
    ]);
  });

  it.each([
    ['state:\n  { type: shared-block', 'state:\n  { type: DRBD', 'Did you mean `drbd`?'],
    ['state:\n  { type: shared-block', 'state:\n  { type: zfs', 'Write `shared-block` or `drbd`.'],
    ['timing: lan', 'timing: LAN', 'Did you mean `lan`?'],
    ['timing: lan', 'timing: factory', 'Write `lan`, `cloud` or a list of times.'],
    ['type: redfish', 'type: Watchdog', 'Did you mean `watchdog`?'],
    ['kind: member', 'kind: Qnetd', 'Did you mean `qnetd`?'],
    ['drill:', 'reach: 10.0.0.1\ndrill:', 'Write, for example, [10.0.0.1].'],
    ['links: [10.77.1.11, 10.77.2.11]', 'links: 10.77.1.11', 'Write, for example, [10.77.1.11].'],
    [
      'drill:',
      'accept: [no-probe]\ndrill:',
      'Write, for example, { risk: no-probe, because: agreed with the plant until the spring overhaul }.',
    ],
    [
      'drill:',
      'accept: no-probe\ndrill:',
      'Write, for example, [{ risk: no-probe, because: agreed with the plant until the spring overhaul }].',
    ],
    [/state:\n.*/, 'state: drbd', 'Write, for example, { type: drbd, filesystem: ext4, mount: /srv/state }.'],
    [
      /state:\n.*/,
      'state: { type: drbd, disk: /dev/sdb, integrity: md4, filesystem: ext4, mount: /srv/state }',
      'Write `crc32c`, `sha1` or `sha256`.',
    ],
    [/ca: .*/, 'tls: verify', 'Take it out: the device is then verified, with `ca` against a certificate of its own.'],
  ])('says what to write from what stands there: %s → %s', (from, to, remedy) => {
    expect(problemsOf(goodText.replace(from, to)).map((problem) => problem.remedy)).toContain(remedy);
  });

  it('offers a watchdog, not a disk, where the device of a watchdog is none', () => {
    const text = goodText.replace(/type: redfish\n(?: {6}.*\n)+/, 'type: watchdog\n      device: watchdog\n');
    expect(problemsOf(text)).toContainEqual(
      expect.objectContaining({ code: 'HF-SITE-DEVICE', remedy: 'Write, for example, /dev/watchdog.' }),
    );
  });

  it.each([
    ['alpha:22', 'Write alpha.'],
    ['ops@alpha:2222', 'Write ops@alpha, and in the ssh_config `Host alpha` with `Port 2222`.'],
    ["'root@[fd00::12]'", 'Write root@fd00::12.'],
  ])('says how OpenSSH is told what stands in `ssh: %s`', (ssh, remedy) => {
    expect(problemsOf(changed('ssh: root@10.77.9.11', `ssh: ${ssh}`))).toMatchObject([{ code: 'HF-SITE-SSH', remedy }]);
  });

  it('takes an IPv6 address without brackets, and an alias, as SSH destinations', () => {
    expect(problemsOf(changed('ssh: root@10.77.9.11', "ssh: 'root@fd00::11'"))).toEqual([]);
    expect(problemsOf(changed('ssh: root@10.77.9.11', 'ssh: alpha.plant'))).toEqual([]);
  });

  it.each([
    [22, 'a service of the system, such as sshd'],
    [8080, 'ledger'],
    [8090, 'the service that drills write to'],
  ])('gives DRBD no port that another service has: %i', (port, owner) => {
    const text = changed('port: 8080', 'port: 8090').replace(
      'type: shared-block, device:',
      `type: drbd, port: ${port}, disk:`,
    );
    expect(problemsOf(text)).toMatchObject([
      { code: 'HF-SITE-PORT', message: `DRBD cannot have port ${port}: it belongs to ${owner}.` },
    ]);
    expect(problemsOf(text.replace(`port: ${port}, disk`, 'port: 7789, disk'))).toEqual([]);
  });

  it('names the key that was probably meant', () => {
    const [problem] = problemsOf(changed('after: stay-off', 'aftr: stay-off'));
    expect(problem).toMatchObject({
      code: 'HF-SITE-UNKNOWN-KEY',
      message: '`aftr` is no key of `nodes[1].fencing`.',
      remedy: 'Did you mean `after`?',
      at: { file: '/sites/press/site.yaml', line: 29, column: 7 },
    });
  });

  it('refuses a file that is empty or no list of keys', () => {
    expect(problemsOf('')).toMatchObject([{ code: 'HF-SITE-EMPTY' }]);
    expect(problemsOf('# nothing\n')).toMatchObject([{ code: 'HF-SITE-EMPTY' }]);
    expect(problemsOf('- 1\n')).toMatchObject([{ code: 'HF-SITE-EMPTY' }]);
  });
});
