import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { AgentDevice } from '../../site/index.ts';
import { checkAgent, readAgentMetadata } from './agent-metadata.ts';

const context = { node: 'alpha', at: 'charlie', comesBack: true };
const isMissing = spawnSync('fence_apc_snmp', ['-o', 'metadata']).status !== 0;
if (isMissing)
  console.log('A test with real fence agents is skipped: fence-agents is not installed (Debian: fence-agents).');

function device(parameters: Record<string, string>, secrets: Record<string, string> = {}): AgentDevice {
  return { type: 'agent', agent: 'fence_apc_snmp', parameters, secrets, timeoutMs: 20_000 };
}

describe.skipIf(isMissing)('A device against the metadata of its real agent', () => {
  const metadata = () =>
    readAgentMetadata(spawnSync('fence_apc_snmp', ['-o', 'metadata'], { encoding: 'utf8' }).stdout);
  const problemsOf = (...given: Parameters<typeof device>) =>
    checkAgent(device(...given), metadata(), context).map(({ message, remedy }) => `${message} → ${remedy}`);

  it('is right with the parameters that the agent has, and scripts for its passwords', () => {
    const secrets = { password: 'pdu-auth', snmp_priv_passwd: 'pdu-priv' };
    expect(problemsOf({ ip: '10.77.9.50', plug: '3', snmp_version: '3' }, secrets)).toEqual([]);
  });

  it('is wrong with a parameter that the agent does not have', () => {
    expect(problemsOf({ ip: '10.77.9.50', plg: '3' })).toEqual([
      'fence_apc_snmp on charlie, which shall fence alpha, has no parameter `plg`. → Did you mean `plug`?',
    ]);
  });

  it('is right with a community, which the agent itself could not read from a file', () => {
    expect(problemsOf({ ip: '10.77.9.50' }, { community: 'pdu' })).toEqual([]);
  });

  it('is wrong with a secret that the agent cannot read from a file', () => {
    expect(problemsOf({ ip: '10.77.9.50' }, { token: 'pdu' })).toEqual([
      expect.stringContaining('has no parameter `token_script`'),
    ]);
  });

  it('is wrong where an agent that is not known calls snmpget, and would show its password there', () => {
    const unknown = { ...device({ ip: 'a', plug: '3' }, { password: 'pdu' }), agent: 'fence_new_pdu' };
    expect(checkAgent(unknown, metadata(), context).map(({ message }) => message)).toEqual([
      expect.stringContaining('would give its passwords to snmpget on the command line'),
    ]);
  });
});

describe('A device against an agent', () => {
  const metadata = readAgentMetadata(`<?xml version="1.0" ?><resource-agent name="fence_x"><parameters>
    <parameter name="action" required="1"/><parameter name="ip" required="1"/><parameter name="plug" required="1"/>
    </parameters><actions><action name="off"/><action name="status"/></actions></resource-agent>`);

  it('lacks what the agent cannot do without, but for what Pacemaker gives', () => {
    expect(checkAgent(device({}), metadata, { ...context, comesBack: false })).toMatchObject([
      { code: 'HF-PLAN-FENCE-AGENT', message: expect.stringContaining('needs the parameter `ip`') },
    ]);
  });

  it('cannot bring its machine back where the agent cannot switch on', () => {
    expect(checkAgent(device({ ip: 'a' }), metadata, context)).toMatchObject([
      { message: expect.stringContaining('cannot do "on"'), remedy: expect.stringContaining('after: stay-off') },
    ]);
  });
});
