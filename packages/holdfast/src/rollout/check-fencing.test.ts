import { describe, expect, it } from 'vitest';
import { fencingSites } from '../patterns/active-passive/fencing-sites.fixture.ts';
import { agents, memberWitnessSite } from '../patterns/active-passive/sites.fixture.ts';
import { compile } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { agentNames, checkFencing, notesOnFencing } from './check-fencing.ts';
import type { Facts, HostFacts } from './facts.ts';
import { factsScript } from './facts-script.ts';
import { freshMachines } from './machines.fixture.ts';

const { levelsSite, watchdogSite } = fencingSites;
const metadata = `<resource-agent name="fence_apc_snmp"><parameters>${['ip', 'plug', 'snmp_version', 'username']
  .map((name) => `<parameter name="${name}"/>`)
  .join('')}</parameters><actions><action name="on"/><action name="off"/></actions></resource-agent>`;

function facts(site: Site, changes: Partial<HostFacts>): Facts {
  const { hosts } = freshMachines(site, compile(site, agents));
  return { hosts: hosts.map((host) => ({ ...host, packages: { 'fence-agents': '4.12.1-1' }, ...changes })) };
}

describe('A fence agent that the site file names', () => {
  it('is asked for, and each once', () => {
    expect(agentNames(levelsSite)).toEqual(['fence_apc_snmp']);
    expect(agentNames(memberWitnessSite)).toEqual([]);
  });

  it('must be on every member that may have to fence by it', () => {
    expect(checkFencing(levelsSite, facts(levelsSite, {})).map(({ message }) => message.split(',')[0])).toEqual([
      'bravo has no fence agent fence_apc_snmp',
      'bravo has no fence agent fence_apc_snmp',
      'charlie has no fence agent fence_apc_snmp',
      'charlie has no fence agent fence_apc_snmp',
    ]);
  });

  it('must take the parameters of the file', () => {
    const problems = checkFencing(levelsSite, facts(levelsSite, { fenceAgents: { fence_apc_snmp: metadata } }));
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['HF-PLAN-FENCE-AGENT']));
    expect(problems.map(({ message }) => message).join()).toContain('has no parameter `snmpget_path`');
  });

  it('is not missed before its package is installed', () => {
    expect(checkFencing(levelsSite, facts(levelsSite, { packages: {} }))).toEqual([]);
  });
});

describe('A watchdog', () => {
  it('must be there, or its module', () => {
    const codes = (site: typeof watchdogSite, watchdog: 'device' | 'softdog' | 'none') =>
      checkFencing(site, facts(site, { packages: {}, watchdog })).map(({ code }) => code);
    expect(codes(watchdogSite, 'softdog')).toEqual([]);
    expect(codes(watchdogSite, 'none')).toEqual(['HF-PLAN-NO-WATCHDOG', 'HF-PLAN-NO-WATCHDOG']);
    expect(codes(levelsSite, 'device')).toEqual([]);
    expect(codes(levelsSite, 'softdog')).toEqual(['HF-PLAN-NO-WATCHDOG']);
  });

  it('is looked for without opening it, which would arm it', () => {
    const script = factsScript({
      packages: [],
      textFiles: [],
      opaqueFiles: [],
      units: [],
      workloadUnits: [],
      devices: [],
      mountPoints: [],
      watchdog: '/dev/watchdog',
    });
    expect(script).toContain('if [ -c "$1" ]');
    expect(script).not.toMatch(/<\s*"?\$1|query-watchdog/);
  });
});

describe('What weakens fencing is told', () => {
  it('of softdog, which hangs with its kernel', () => {
    expect(notesOnFencing(watchdogSite)).toEqual([
      expect.stringContaining('The watchdog of alpha is softdog'),
      expect.stringContaining('The watchdog of bravo is softdog'),
    ]);
  });
});
