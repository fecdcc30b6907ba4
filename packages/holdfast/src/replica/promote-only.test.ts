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
      'crm_mon --one-shot',
      'crm_resource --cleanup',
      'drbdadm dstate',
      'drbdadm primary',
      'cibadmin --query',
      'cibadmin --modify',
      'cibadmin --replace',
      'crm_resource --cleanup',
    ]);
    expect(calls.join()).not.toContain('secondary');
  });

  it('forces nothing where the disk is good, and still takes away what forbids the node to serve', () => {
    const { calls } = run('UpToDate/DUnknown');
    expect(calls.join()).not.toContain('--force');
    expect(calls[5]).toContain('operation="ne" value="alpha"');
  });

  it('writes the constraint where there is none to replace', () => {
    const { exitCode, calls } = run('UpToDate/DUnknown', 'case $1 in --replace) exit 105 ;; esac');
    expect(exitCode).toBe(0);
    expect(calls[6]).toMatch(/^cibadmin --create --scope constraints/);
  });

  it('makes its configuration the newest before, so that a member which comes back does not bring its own word', () => {
    const minutes = (calls: readonly string[]) =>
      Number(/^cibadmin --modify --xml-text <cib admin_epoch="(\d+)"\/>$/.exec(calls[4] ?? '')?.[1]);
    const nowMinutes = Math.floor(Date.now() / 60_000);
    const later = minutes(run('UpToDate/DUnknown').calls);
    expect(later - nowMinutes).toBeGreaterThanOrEqual(0);
    expect(later - nowMinutes).toBeLessThanOrEqual(1);
    // A clock that was ahead when the last word was given.
    expect(minutes(run('UpToDate/DUnknown', ':', undefined, 50_000_000).calls)).toBe(50_000_001);
    const mute = run('UpToDate/DUnknown', 'case $1 in --query) exit 1 ;; esac');
    expect(mute.exitCode).toBe(1);
    expect(mute.calls.join()).not.toMatch(/--(replace|create|modify)/);
  });

  it.each(['Outdated/DUnknown', 'Inconsistent/DUnknown'])('refuses a disk that is %s, and changes nothing', (disk) => {
    const { exitCode, said, calls } = run(disk);
    expect(exitCode).toBe(1);
    expect(said).toContain(`the disk is ${disk}`);
    expect(calls.slice(2)).toEqual(['drbdadm dstate state']);
  });

  it.each([
    ['is in the cluster', seen('online="true" unclean="false" pending="false"')],
    ['is lost and not fenced', seen('online="false" unclean="true" pending="false"')],
    ['is joining', seen('online="false" unclean="false" pending="true"')],
    ['is not known', seen('online="false" unclean="false" pending="false"').replace('bravo', 'charlie')],
    ['is gone, without quorum', seen('online="false" unclean="false" pending="false"', false)],
  ])('does nothing while the other node %s', (_, view) => {
    const { exitCode, said, calls } = run('UpToDate/DUnknown', ':', view);
    expect(exitCode).toBe(1);
    expect(said).toContain('the cluster does not see bravo dead');
    expect(new Set(calls.map((call) => call.split(' ')[0]))).toEqual(new Set(['crm_mon', 'sleep']));
  });

  it('says so where the cluster does not take it', () => {
    const { exitCode, said } = run('UpToDate/DUnknown', 'exit 1');
    expect(exitCode).toBe(1);
    expect(said).toContain('only alpha may serve');
  });
});

/** What crm_mon says of bravo. */
function seen(bravo: string, quorum = true): string {
  return `<current_dc present="true" with_quorum="${quorum}"/>\n<node name="bravo" id="2" ${bravo} type="member"/>`;
}

/** With programs that only write down how they were called, one line each. */
function run(
  disk: string,
  cibadmin = ':',
  view = seen('online="false" unclean="false" pending="false"'),
  adminEpoch = 0,
) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-programs-'));
  try {
    const log = join(folder, 'calls');
    writeFileSync(log, '');
    const program = (name: string, body: string) =>
      writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>${log}\n${body}\n`, { mode: 0o755 });
    program('drbdadm', `[ "$1" != dstate ] || echo ${disk}`);
    program(
      'cibadmin',
      `${cibadmin}\n[ "$1" != --query ] || echo '<cib epoch="9" admin_epoch="${adminEpoch}" num_updates="1">'`,
    );
    program('crm_resource', ':');
    program('sleep', ':');
    program('crm_mon', `cat <<'END'\n${view}\nEND`);
    const { status, stderr } = spawnSync('sh', ['-uc', goOnWith('state', 'alpha', 'bravo')], {
      encoding: 'utf8',
      env: { PATH: `${folder}:/usr/bin:/bin` },
    });
    return { exitCode: status, said: stderr, calls: readFileSync(log, 'utf8').trim().split('\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
