import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { site } from '../../test/observe/healthy-site.ts';
import { recordedHosts } from '../../test/observe/recorded-hosts.ts';
import { HoldfastError, systemClock } from '../core/index.ts';
import { assess } from './assess.ts';
import { snapshot } from './snapshot.ts';
import { surveyScript } from './survey-script.ts';

describe('a snapshot', () => {
  it('of a healthy site holds every machine and nothing to complain of but clocks', async () => {
    const taken = await snapshot(site, recordedHosts(), systemClock);
    expect(taken.machines.map(({ name, role, reachable }) => [name, role, reachable])).toEqual([
      ['alpha', 'node', true],
      ['bravo', 'node', true],
      ['charlie', 'member-witness', true],
    ]);
    expect(assess(taken, site).safe).toBe(true);
    expect(JSON.parse(JSON.stringify(taken))).toEqual(taken);
  });

  it('asks all machines at the same time, and goes on without one that cannot be reached', async () => {
    const hosts = recordedHosts();
    let running = 0;
    let most = 0;
    const gone = new HoldfastError({
      code: 'HF-SITE-UNREADABLE',
      message: 'no route to host',
      remedy: '',
      source: 'site',
    });
    const slow = {
      get: (name: string) => ({
        ...hosts.get(name),
        run: async (script: string) => {
          running += 1;
          most = Math.max(most, running);
          await systemClock.sleep(20);
          running -= 1;
          if (name === 'charlie') throw gone;
          return hosts.get(name).run(script);
        },
      }),
    };
    const taken = await snapshot(site, slow, systemClock);
    expect(most).toBe(3);
    expect(taken.machines[2]).toEqual({
      name: 'charlie',
      role: 'member-witness',
      reachable: false,
      why: 'no route to host',
    });
  });

  it('ends with the reason of the signal when aborted', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    const hosts = {
      get: (name: string) => ({ ...recordedHosts().get(name), run: () => Promise.reject(signal.reason) }),
    };
    await expect(snapshot(site, hosts, systemClock, signal)).rejects.toThrow('interrupted');
  });
});

describe('the survey script', () => {
  it('is a shell script, for each kind of machine', () => {
    for (const machine of [...site.nodes, ...(site.witness === undefined ? [] : [site.witness])]) {
      expect(spawnSync('sh', ['-n', '-c', surveyScript(site, machine)]).stderr.toString()).toBe('');
    }
  });

  it('ends, leaves nothing behind and answers in its form on a machine that has none of the programs', () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-survey-'));
    try {
      // The script sets its own PATH, so that a login shell's does not matter: take it out for once.
      const script = surveyScript(site, site.nodes[0]).replace(/ PATH=\S+/, '');
      const run = spawnSync('sh', ['-c', script], { env: { ...process.env, TMPDIR: directory }, encoding: 'utf8' });
      const lines = run.stdout.trim().split('\n');
      expect(lines.every((line) => /^[a-z]+(-ledger)?(\.rc|\.err)? /.test(`${line} `))).toBe(true);
      expect(lines[0]).toMatch(/^began \d{19}$/);
      expect(lines.at(-1)).toMatch(/^ended \d{19}$/);
      expect(lines.filter((line) => /^quorum\.rc [1-9]/.test(line))).toHaveLength(1);
      expect(spawnSync('ls', ['-A', directory], { encoding: 'utf8' }).stdout).toBe('');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('finds room below /run where the system disk takes no writes', () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-survey-'));
    try {
      const script = surveyScript(site, site.nodes[0])
        .replace(/ PATH=\S+/, '')
        .replace('-p /run', `-p ${directory}`);
      const run = spawnSync('sh', ['-c', script], { env: { ...process.env, TMPDIR: '/proc/none' }, encoding: 'utf8' });
      expect(run.stderr).toBe('');
      expect(run.stdout).toMatch(/^ended \d{19}$/m);
      expect(spawnSync('ls', ['-A', directory], { encoding: 'utf8' }).stdout).toBe('');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
