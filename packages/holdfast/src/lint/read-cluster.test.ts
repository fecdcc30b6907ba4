import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cib, corosync, drbd } from './examples/configurations.fixture.ts';
import { filesScript, reportScript } from './inputs/host-report.ts';
import { lint } from './lint.ts';
import { type ClusterMachine, readCluster } from './read-cluster.ts';

const signal = new AbortController().signal;
const conf = corosync({ nodes: ['alpha', 'bravo'], quorum: 'provider: corosync_votequorum\ntwo_node: 1' });

/** A machine with those files, which runs our script over them in this machine's own shell, and no cluster. */
function machine(name: string, files: Readonly<Record<string, string>>, report = ''): ClusterMachine {
  return {
    name,
    async run(script) {
      if (script !== filesScript) return { stdout: report };
      const root = mkdtempSync(join(tmpdir(), 'holdfast-lint-'));
      try {
        for (const [path, text] of Object.entries(files)) {
          mkdirSync(dirname(join(root, path)), { recursive: true });
          writeFileSync(join(root, path), text);
        }
        const here = script.replaceAll(/ (\/(?:etc|var\/lib))/g, ` ${root}$1`).replace('cibadmin --query', 'false');
        return { stdout: execFileSync('sh', ['-c', here], { encoding: 'utf8' }).replaceAll(root, '') };
      } finally {
        rmSync(root, { recursive: true });
      }
    },
  };
}

describe('A running cluster', () => {
  const sound = { '/etc/corosync/corosync.conf': conf, '/var/lib/pacemaker/cib/cib.xml': cib() };

  it('is read file by file, named by its machine, with one CIB', async () => {
    const machines = [
      machine('alpha', { ...sound, '/etc/drbd.d/state.res': drbd(), '/etc/default/sbd': 'SBD_PACEMAKER=no\n' }),
      machine('bravo', sound),
    ];
    const { files } = await readCluster(machines, signal);
    expect(files.map(({ name }) => name)).toEqual([
      'alpha:/etc/corosync/corosync.conf',
      'alpha:/etc/drbd.d/state.res',
      'alpha:/etc/default/sbd',
      'alpha:cib.xml',
      'bravo:/etc/corosync/corosync.conf',
    ]);
    expect(files[1]?.text).toBe(drbd());
  });

  it('is judged with what its machines differ in and lack', async () => {
    const machines = [
      machine('alpha', { ...sound, '/etc/drbd.d/state.res': drbd() }),
      machine('bravo', { ...sound, '/etc/corosync/corosync.conf': conf.replace('token: 1000', 'token: 2000') }),
      machine('charlie', {}),
    ];
    const found = lint(await readCluster(machines, signal)).filter(({ rule }) => rule === 'HF-LINT-FILES-DIFFER');
    expect(found.map(({ where }) => where.file)).toEqual([
      'bravo:/etc/corosync/corosync.conf',
      'bravo:/etc/drbd.d/state.res',
    ]);
  });

  it('tells the state of the units that it manages', async () => {
    const report =
      'unit press.service\nRestart=always\nFailureAction=reboot\nStartLimitAction=none\nActiveState=active\nUnitFileState=enabled\ndigest=abc\n';
    const { hosts } = await readCluster([machine('alpha', sound, `${report}watchdog absent /dev/watchdog\n`)], signal);
    expect(hosts).toEqual([
      {
        name: 'alpha',
        units: [
          {
            unit: 'press.service',
            fileState: 'enabled',
            activeState: 'active',
            restart: 'always',
            machineActions: ['FailureAction=reboot'],
            textDigest: 'abc',
          },
        ],
        watchdog: { path: '/dev/watchdog', present: false },
      },
    ]);
  });

  it('is refused where no machine has one', async () => {
    await expect(readCluster([machine('alpha', {})], signal)).rejects.toThrow('alpha: no cluster is configured there.');
  });

  it('is asked with scripts that any POSIX shell takes', () => {
    for (const script of [filesScript, reportScript(undefined)]) execFileSync('sh', ['-n'], { input: script });
  });
});
