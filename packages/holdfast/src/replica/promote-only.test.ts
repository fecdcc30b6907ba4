import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goOnWith } from './promote-only.ts';

describe('Going on with the data of one node', () => {
  it('forces a disk that may not be the newest, leaves it promoted for the agent, and only then lets the cluster promote', () => {
    const { exitCode, calls } = run('Consistent/DUnknown');
    expect(exitCode).toBe(0);
    expect(calls.map((each) => each.split(' ').slice(0, 2).join(' '))).toEqual([
      'drbdadm dstate',
      'drbdadm primary',
      'cibadmin --replace',
      'crm_resource --cleanup',
    ]);
    expect(calls.join()).not.toContain('secondary');
  });

  it('forces nothing where the disk is good, and still takes away what forbids the node to serve', () => {
    const { calls } = run('UpToDate/DUnknown');
    expect(calls.join()).not.toContain('--force');
    expect(calls[1]).toContain('operation="ne" value="alpha"');
  });

  it('writes the constraint where there is none to replace', () => {
    const { exitCode, calls } = run('UpToDate/DUnknown', 'case $1 in --replace) exit 105 ;; esac');
    expect(exitCode).toBe(0);
    expect(calls[2]).toMatch(/^cibadmin --create --scope constraints/);
  });

  it.each(['Outdated/DUnknown', 'Inconsistent/DUnknown'])('refuses a disk that is %s, and changes nothing', (disk) => {
    const { exitCode, said, calls } = run(disk);
    expect(exitCode).toBe(1);
    expect(said).toContain(`the disk is ${disk}`);
    expect(calls).toEqual(['drbdadm dstate state']);
  });

  it('says so where the cluster does not take it', () => {
    const { exitCode, said } = run('UpToDate/DUnknown', 'exit 1');
    expect(exitCode).toBe(1);
    expect(said).toContain('only alpha may serve');
  });
});

/** With programs that only write down how they were called, one line each. */
function run(disk: string, cibadmin = ':') {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-programs-'));
  try {
    const log = join(folder, 'calls');
    writeFileSync(log, '');
    const program = (name: string, body: string) =>
      writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>${log}\n${body}\n`, { mode: 0o755 });
    program('drbdadm', `[ "$1" != dstate ] || echo ${disk}`);
    program('cibadmin', cibadmin);
    program('crm_resource', ':');
    const { status, stderr } = spawnSync('sh', ['-uc', goOnWith('state', 'alpha')], {
      encoding: 'utf8',
      env: { PATH: `${folder}:/usr/bin:/bin` },
    });
    return { exitCode: status, said: stderr, calls: readFileSync(log, 'utf8').trim().split('\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
