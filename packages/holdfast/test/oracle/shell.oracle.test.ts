import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { allFaults, promotableIn, simulationScript } from '../../src/engines/pacemaker/index.ts';
import { fencingSites } from '../../src/patterns/active-passive/fencing-sites.fixture.ts';
import { agents, sites } from '../../src/patterns/active-passive/sites.fixture.ts';
import { compile } from '../../src/patterns/index.ts';
import { whatCanFail } from '../../src/rollout/what-can-fail.ts';
import { loadAgentTexts, probeCommand } from '../../src/workloads/index.ts';

const shipped = await loadAgentTexts();
/** The fixture's own agents are texts without a program. */
const wrappers = /^\/usr\/lib\/holdfast\/(ipmitool|snmp\w+)-/;
const missing = spawnSync('shellcheck', ['--version']).error !== undefined;
if (missing) console.log('Oracle tests with shellcheck are skipped: it is not installed (Debian: shellcheck).');

describe.skipIf(missing)('shellcheck has nothing to say', () => {
  it.each(Object.entries(shipped))('about the agent %s', (_, text) => {
    expect(shellcheck(text)).toBe('');
  });

  it.each(Object.entries(sites))('about the probes of %s', (_, site) => {
    const probes = site.workloads.flatMap(({ probe }) => (probe === undefined ? [] : [probeCommand(probe)]));
    expect(shellcheck(`#!/bin/sh\n${probes.join('\n')}\n`)).toBe('');
  });

  it.each(Object.entries(sites))('about the simulation of %s', (_, site) => {
    const { cluster } = compile(site, agents);
    const scenarios = allFaults(cluster.cib, whatCanFail(cluster));
    const script = simulationScript(scenarios, cluster.members, promotableIn(cluster.cib));
    expect(shellcheck(`#!/bin/sh\n${script}`)).toBe('');
  });

  it.each(Object.entries(fencingSites))('about the programs that fence agents call in %s', (_, site) => {
    const programs = compile(site, agents).hosts.flatMap(({ files }) =>
      files.flatMap(({ path, content }) => (wrappers.test(path) && content.kind === 'text' ? [content.text] : [])),
    );
    expect(new Set(programs.map(shellcheck))).toEqual(new Set(programs.length === 0 ? [] : ['']));
  });

  it('but about a script with a mistake it has', () => {
    expect(shellcheck('#!/bin/sh\nrm -rf $1/*\n')).toContain('SC2086');
  });
});

function shellcheck(script: string): string {
  // SC2016: that a single-quoted `$0` is left to another shell is meant.
  const { stdout, error } = spawnSync('shellcheck', ['--format=gcc', '--exclude=SC2016', '-'], {
    input: script,
    encoding: 'utf8',
  });
  if (error) throw error;
  return stdout;
}
