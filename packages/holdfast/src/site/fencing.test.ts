import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../core/index.ts';
import { fencingSecrets, parseSite } from './index.ts';

const goodText = readFileSync(new URL('./golden/press-line.yaml', import.meta.url), 'utf8');

/** The good file with other fencing, the same for both nodes: `NODE` in it becomes the name. */
function withFencing(yaml: string, witness = true): string {
  let index = 0;
  const text = goodText.replaceAll(/ {4}fencing:\n(?: {6}.*\n)+/g, () => {
    const node = ['alpha', 'bravo'][index++] ?? '';
    return `    fencing: ${yaml.replaceAll('NODE', node)}\n`;
  });
  return witness ? text : text.replace(/witness:\n(?: {2}.*\n)+/, '');
}

function parse(text: string) {
  return parseSite(text, { file: '/sites/press/site.yaml', readFile: () => '-----BEGIN CERTIFICATE-----' });
}

function problemsOf(text: string) {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof HoldfastError) return error.problems.map(({ code, message }) => `${code} ${message}`);
    throw error;
  }
  return [];
}

const ipmi = '{ type: ipmi, address: NODE-bmc, username: admin, password: bmc-NODE }';
const outlet = (plug: string) =>
  `{ type: agent, agent: fence_apc_snmp, parameters: { ip: 10.77.9.50, plug: '${plug}' }, secrets: { password: pdu } }`;
const agent = (name: string, parameters: string) =>
  `{ type: agent, agent: ${name}, parameters: { ${parameters}, plug: NODE } }`;
const watchdog = '{ type: watchdog }';

describe('The fencing of a node', () => {
  it('is one device, which has a minute', () => {
    expect(parse(withFencing(ipmi)).nodes[1].fencing).toEqual({
      levels: [
        [
          {
            type: 'ipmi',
            address: 'bravo-bmc',
            port: 623,
            username: 'admin',
            password: 'bmc-bravo',
            power: 'shared',
            timeoutMs: 60_000,
            privilege: 'operator',
          },
        ],
      ],
      after: 'restart',
    });
  });

  it('is a list of levels, of which earlier ones are given up sooner, and a level a list of devices', () => {
    const { fencing } = parse(withFencing(`[${ipmi}, [${outlet('a-NODE')}, ${outlet('b-NODE')}], ${watchdog}]`))
      .nodes[0];
    expect(fencing?.levels.map((devices) => devices.map(({ type, timeoutMs }) => [type, timeoutMs]))).toEqual([
      [['ipmi', 15_000]],
      [
        ['agent', 15_000],
        ['agent', 15_000],
      ],
      [['watchdog', 5_000]],
    ]);
  });

  it('leaves the machine off when one of its devices says so', () => {
    const staysOff = outlet('NODE').replace('{ type', '{ after: stay-off, type');
    expect(parse(withFencing(`[${ipmi}, ${staysOff}]`)).nodes[0].fencing?.after).toBe('stay-off');
  });

  it('asks for each secret once', () => {
    const [alpha] = parse(withFencing(`[${ipmi}, [${outlet('a-NODE')}, ${outlet('b-NODE')}]]`)).nodes;
    expect(fencingSecrets(alpha)).toEqual(['bmc-alpha', 'pdu']);
  });

  it.each([
    [
      ipmi.replace('NODE-bmc', 'bmc'),
      'HF-SITE-FENCING-SHARED This is the same machine of the same device as that of alpha',
    ],
    [outlet('3'), 'HF-SITE-FENCING-SHARED This is the same machine of the same device as that of alpha'],
    [`[${ipmi}, ${ipmi}]`, 'HF-SITE-FENCING-SHARED alpha has this device already'],
    [agent('fence_ilo4', 'ip: a'), 'HF-SITE-FENCE-AGENT fence_ilo4 shows the password to every user'],
    [agent('fence_dummy', 'ip: a'), 'HF-SITE-FENCE-AGENT fence_dummy says that a node is off without'],
    [agent('fence_pve', "missing_as_off: '1'"), 'HF-SITE-FENCE-PARAMETER The parameter `missing_as_off`'],
    [agent('fence_pve', 'pcmk_host_list: x'), 'HF-SITE-FENCE-PARAMETER The parameter `pcmk_host_list`'],
    [agent('fence_pve', 'passwd: hunter2'), 'HF-SITE-FENCE-PARAMETER A password cannot stand in `parameters`'],
    [agent('fence_apc_snmp', 'community: hunter2'), 'HF-SITE-FENCE-PARAMETER A password cannot stand in `parameters`'],
    [agent('fence_vmware', 'ip: a'), 'HF-SITE-FENCE-AGENT fence_vmware shows the password to every user'],
    [agent('reboot', 'ip: a'), 'HF-SITE-VALUE `nodes[0].fencing.agent` is `reboot`'],
    [agent('fence_pve', 'ip: 5'), 'HF-SITE-UNQUOTED `nodes[0].fencing.parameters.ip` must be text'],
    [`[${watchdog}, ${ipmi}]`, 'HF-SITE-WATCHDOG The watchdog of alpha is not alone in its last level'],
    [`[[${watchdog}, ${ipmi}]]`, 'HF-SITE-WATCHDOG The watchdog of alpha is not alone in its last level'],
    ['{ type: watchdog, timeout: 1500ms }', 'HF-SITE-WATCHDOG A watchdog cannot be set to 1500ms.'],
    [
      `[${ipmi.replace('{ type', '{ timeout: 61s, type')}, ${watchdog}]`,
      'HF-SITE-WATCHDOG The levels before the watchdog of alpha may take 61 s',
    ],
    [ipmi.replace('{ type', '{ timeout: 1s, type'), 'HF-SITE-FENCING-TIMEOUT A fencing device cannot be given 1s.'],
    [
      '{ type: ipmi2 }',
      'HF-SITE-VALUE `nodes[0].fencing.type` is `ipmi2`; it must be `redfish`, `ipmi`, `agent` or `watchdog`.',
    ],
    [
      '[]',
      'HF-SITE-VALUE `nodes[0].fencing` is a list; it must be a fencing device, or a list of one to nine levels of them.',
    ],
    ['[[]]', 'HF-SITE-VALUE `nodes[0].fencing[0]` is a list; it must be a fencing device, or a list of them.'],
    [ipmi.replace('{ type', '{ system: x, type'), 'HF-SITE-UNKNOWN-KEY `system` belongs to a fencing of type redfish.'],
    [`[${ipmi.replace('username', 'usrname')}]`, 'HF-SITE-UNKNOWN-KEY `usrname` is no key of `nodes[0].fencing[0]`.'],
  ])('cannot be %s', (yaml, expected) => {
    expect(problemsOf(withFencing(yaml))).toContainEqual(expect.stringContaining(expected));
  });

  it('cannot be a watchdog where no witness says who is cut off', () => {
    const accepted = `${withFencing(watchdog, false)}accept: [{ risk: no-witness, because: a bench }]\n`;
    expect(problemsOf(accepted)).toEqual([expect.stringContaining('HF-SITE-WATCHDOG A watchdog resets the machine')]);
  });

  it('cannot be watchdogs of different patience', () => {
    const text = withFencing('{ type: watchdog, timeout: NODE }').replace('timeout: alpha', 'timeout: 5s');
    expect(problemsOf(text.replace('timeout: bravo', 'timeout: 10s'))).toEqual([
      expect.stringContaining('HF-SITE-WATCHDOG The watchdogs have different timeouts, 5 s and 10 s'),
    ]);
  });

  it.each([
    ipmi.replace('bmc-NODE }', 'S3cret! }'),
    outlet('1').replace('pdu', 'S3cret!'),
    agent('fence_pve', 'passwd: S3cret!'),
  ])('never repeats what stands in the place of a password: %s', (yaml) => {
    const problems = problemsOf(withFencing(yaml));
    expect(problems).not.toEqual([]);
    expect(problems.join()).not.toContain('S3cret');
  });
});

describe('A BMC that goes dark with its machine', () => {
  const accept = 'accept: [{ risk: bmc-shares-power, because: both feeds come from one UPS }]\n';

  it('is a risk that may be accepted, and is taken without', () => {
    expect(problemsOf(withFencing(ipmi))).toEqual([]);
    expect(parse(withFencing(ipmi) + accept).acceptedRisks).toMatchObject([{ risk: 'bmc-shares-power' }]);
  });

  it.each([ipmi.replace('{ type', '{ power: own, type'), `[${ipmi}, ${outlet('NODE')}]`, `[${ipmi}, ${watchdog}]`])(
    'is none where the loss of power is confirmed by another way: %s',
    (yaml) => {
      expect(problemsOf(withFencing(yaml) + accept)).toEqual([expect.stringContaining('HF-SITE-RISK-NOT-PRESENT')]);
    },
  );

  it('is one where it is needed together with an outlet', () => {
    expect(problemsOf(withFencing(`[[${ipmi}, ${outlet('NODE')}]]`) + accept)).toEqual([]);
  });
});
