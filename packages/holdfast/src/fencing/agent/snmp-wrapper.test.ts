import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentDevice } from '../../site/index.ts';
import { secretPath } from '../fence-device.ts';
import { agentFencing } from './fence-agent.ts';
import { snmpAgents, versionedAgents } from './snmp-wrapper.ts';

const outlet: AgentDevice = {
  type: 'agent',
  agent: 'fence_apc_snmp',
  parameters: { ip: '10.77.9.51', plug: '3', snmp_version: '3', username: 'holdfast' },
  secrets: { password: 'pdu-auth', snmp_priv_passwd: 'pdu-priv' },
  timeoutMs: 20_000,
};

const hasAgents = spawnSync('fence_apc_snmp', ['-o', 'metadata']).status === 0;
if (!hasAgents)
  console.log('A test with real fence agents is skipped: fence-agents is not installed (Debian: fence-agents).');

/** As long as one may be, with everything that a configuration file and a shell could trip over. */
const words = { 'pdu-auth': `a"b\\c'd #e $f g`, 'pdu-priv': 'another, longer one', 'pdu-community': 'no public' };

const directory = mkdtempSync(join(tmpdir(), 'holdfast-snmp-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The wrapper of a tool, with the files of a member in the directory of the test, and `real` in the place of the tool. */
function wrapperIn(device: AgentDevice, tool: 'snmpget' | 'snmpset' | 'snmpwalk', real: string): string {
  const { programs } = agentFencing(device);
  const found = programs.find(({ path }) => path.startsWith(`/usr/lib/holdfast/${tool}-`));
  if (found === undefined) throw new Error('no wrapper');
  let { text } = found;
  for (const [name, word] of Object.entries(words)) {
    writeFileSync(join(directory, name), word, { mode: 0o600 });
    text = text.replaceAll(`${secretPath(name)}\n`, `${join(directory, name)}\n`);
  }
  mkdirSync(join(directory, 'run'), { recursive: true });
  const path = join(directory, `${tool}-wrapper`);
  writeFileSync(path, text.replace('/run/', `${join(directory, 'run')}/`).replace(`/usr/bin/${tool}`, real), {
    mode: 0o755,
  });
  return path;
}

/** A program that notes its arguments and the configuration that it was given, and calls the real one, where there is one. */
function recorder(tool?: string): string {
  const path = join(directory, 'recorder');
  const then = tool === undefined ? '' : `exec ${tool} "$@"`;
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '%s\\n' "$@" >${directory}/arguments\ncat "$SNMPCONFPATH/snmp.conf" >${directory}/conf\nstat -c %a "$SNMPCONFPATH/snmp.conf" >${directory}/mode\n${then}\n`,
    { mode: 0o755 },
  );
  return path;
}

const read = (name: string) => readFileSync(join(directory, name), 'utf8');

describe('A fence agent that works by SNMP', () => {
  it('has no password and no script for one among its parameters, in the cluster or on a command line', () => {
    const { parameters, secrets, packages } = agentFencing(outlet);
    expect(parameters).toEqual({
      ...outlet.parameters,
      snmp_sec_level: 'authPriv',
      snmpget_path: '/usr/lib/holdfast/snmpget-auth.pdu-auth+priv.pdu-priv',
      snmpset_path: '/usr/lib/holdfast/snmpset-auth.pdu-auth+priv.pdu-priv',
      snmpwalk_path: '/usr/lib/holdfast/snmpwalk-auth.pdu-auth+priv.pdu-priv',
    });
    expect(secrets).toEqual(['pdu-auth', 'pdu-priv']);
    expect(packages).toContain('snmp');
    const { snmp_version: _, username: __, ...plain } = outlet.parameters;
    const community = agentFencing({ ...outlet, parameters: plain, secrets: { community: 'pdu-community' } });
    expect(community.parameters).toMatchObject({ snmpget_path: '/usr/lib/holdfast/snmpget-community.pdu-community' });
    expect(JSON.stringify(community.parameters)).not.toContain('script');
  });

  it('gives them to snmpget in a file of root that is gone afterwards, and drops those that the agent gives', () => {
    const wrapper = wrapperIn(outlet, 'snmpget', recorder());
    const { status } = spawnSync(wrapper, [
      '-m',
      '',
      '-v',
      '3',
      '-X',
      'shown',
      '-A',
      'shown too',
      '10.77.9.51',
      '.1.3',
    ]);
    expect(status).toBe(0);
    expect(read('arguments')).toBe('-m\n\n-v\n3\n10.77.9.51\n.1.3\n');
    expect(read('conf')).toBe(`defAuthPassphrase "a\\"b\\\\c'd #e $f g"\ndefPrivPassphrase "another, longer one"\n`);
    expect(read('mode').trim()).toBe('600');
    expect(readdirSync(join(directory, 'run'))).toEqual([]);
  });

  it('says with the same code what the tool said', () => {
    const failing = join(directory, 'failing');
    writeFileSync(failing, '#!/bin/sh\nexit 2\n', { mode: 0o755 });
    expect(spawnSync(wrapperIn(outlet, 'snmpset', failing), ['x']).status).toBe(2);
    expect(readdirSync(join(directory, 'run'))).toEqual([]);
  });

  it('sets the version of SNMP that a community needs only where the agent has none of its own', () => {
    const versionOf = (agent: string, parameters: Record<string, string> = {}) =>
      agentFencing({ ...outlet, agent, parameters, secrets: { community: 'pdu' } }).parameters.snmp_version;
    expect(versionOf('fence_cisco_mds')).toBe('2c');
    expect(['fence_apc_snmp', 'fence_eaton_snmp', 'fence_ipdu'].map((agent) => versionOf(agent))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(versionOf('fence_apc_snmp', { snmp_version: '2c' })).toBe('2c');
  });

  it('reads a secret from its file for each parameter that has it, also one that is a password elsewhere', () => {
    const { parameters } = agentFencing({ ...outlet, secrets: { password: 'pdu-auth', token: 'pdu-auth' } });
    expect(parameters.token_script).toBe('cat /etc/holdfast/secrets/pdu-auth');
    expect(parameters).not.toHaveProperty('password_script');
  });

  it.skipIf(!hasAgents)('knows which agents have a version of their own', () => {
    const versioned = snmpAgents.filter((agent) => {
      const { status, stdout } = spawnSync(agent, ['-o', 'metadata'], { encoding: 'utf8' });
      const parameter = /<parameter name="snmp_version"[\s\S]*?<\/parameter>/.exec(stdout)?.[0] ?? '';
      return status === 0 ? /<content [^>]*default="/.test(parameter) : versionedAgents.includes(agent);
    });
    expect(versioned).toEqual(versionedAgents);
  });

  it('leaves an agent of another kind its own way to read a password from a file', () => {
    expect(
      agentFencing({ ...outlet, agent: 'fence_apc', parameters: {}, secrets: { password: 'pdu-auth' } }),
    ).toMatchObject({
      parameters: { password_script: 'cat /etc/holdfast/secrets/pdu-auth' },
      programs: [],
      packages: [],
    });
  });
});

const hasSnmp = ['snmpget', 'snmpd'].every((program) => spawnSync('which', [program]).status === 0);
if (!hasSnmp) console.log('A test with a real SNMP device is skipped: snmp and snmpd are not installed (Debian).');

describe.skipIf(!hasSnmp)('A real SNMP device', () => {
  let snmpd: ChildProcess;
  let address: string;
  beforeAll(async () => {
    const port = await freeUdpPort();
    address = `127.0.0.1:${port}`;
    const quoted = (word: string) => `"${word.replaceAll(/[\\"]/g, '\\$&')}"`;
    writeFileSync(
      join(directory, 'snmpd.conf'),
      `createUser holdfast SHA ${quoted(words['pdu-auth'])} AES ${quoted(words['pdu-priv'])}
rouser holdfast priv
rocommunity ${quoted(words['pdu-community'])} 127.0.0.1
sysLocation behind the wrapper
`,
      { mode: 0o600 },
    );
    mkdirSync(join(directory, 'state'));
    snmpd = spawn('snmpd', ['-f', '-LE', '3', '-C', '-c', join(directory, 'snmpd.conf'), `udp:${address}`], {
      stdio: 'ignore',
      env: { ...process.env, SNMP_PERSISTENT_DIR: join(directory, 'state') },
    });
    await sleep(800);
  });
  afterAll(async () => {
    const ended = once(snmpd, 'exit');
    snmpd.kill('SIGKILL');
    await ended;
  });

  const sysLocation = '.1.3.6.1.2.1.1.6.0';

  it('answers to the passwords of the files, which nobody sees among the arguments', () => {
    const wrapper = wrapperIn(outlet, 'snmpget', recorder('/usr/bin/snmpget'));
    const call = ['-m', '', '-Oeqn', '-v', '3', '-l', 'authPriv', '-a', 'SHA', '-x', 'AES', '-u', 'holdfast'];
    const { status, stdout } = spawnSync(wrapper, [...call, address, sysLocation], { encoding: 'utf8' });
    expect([status, stdout.trim()]).toEqual([0, `${sysLocation} "behind the wrapper"`]);
    for (const word of Object.values(words)) expect(read('arguments')).not.toContain(word);
  });

  it('answers to a community of a file, and to no other one', () => {
    const device = { ...outlet, parameters: { ip: 'x' }, secrets: { community: 'pdu-community' } };
    const ask = (each: AgentDevice) =>
      spawnSync(wrapperIn(each, 'snmpget', '/usr/bin/snmpget'), [
        '-m',
        '',
        '-v',
        '2c',
        '-r',
        '0',
        '-t',
        '1',
        '-c',
        'private',
        address,
        sysLocation,
      ]);
    expect(ask(device).status).toBe(0);
    expect(ask({ ...device, secrets: { community: 'pdu-auth' } }).status).toBe(1);
  });
});

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
