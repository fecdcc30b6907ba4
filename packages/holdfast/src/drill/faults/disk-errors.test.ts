import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memberWitnessSite, replicatedSite } from '../../patterns/active-passive/sites.fixture.ts';
import { diskErrors } from './disk-errors.ts';
import { attachAgain, breakDisk, failUnlessUpToDate, lackingBelow, mendDisk } from './disk-scripts.ts';

const linear = '0 1024 linear 254:16 0\n1024 1024 linear 254:32 0';

/** In place of a machine's /run and /sys, with programs that only note what they are told. */
let machine: string;

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), 'holdfast-disk-'));
  mkdirSync(join(machine, 'dev/block/253:0/dm'), { recursive: true });
  writeFileSync(join(machine, 'dev/block/253:0/dm/name'), 'vg0-state\n');
});

afterEach(() => rmSync(machine, { recursive: true }));

describe('the scripts that break a disk and mend it', () => {
  test('let all of it fail, with its table kept for root alone, and load that again', () => {
    expect(run(breakDisk('/dev/vg0/state')).told).toEqual([
      'dmsetup load vg0-state --table 0 2048 error',
      'dmsetup suspend --noflush --nolockfs vg0-state',
      'dmsetup resume --noudevsync vg0-state',
    ]);
    const kept = join(machine, 'holdfast-drill-disk.table');
    expect(readFileSync(kept, 'utf8')).toBe(`${linear}\n`);
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    expect(run(mendDisk).told).toEqual([
      `dmsetup load vg0-state ${kept}`,
      'dmsetup suspend --noflush --nolockfs vg0-state',
      'dmsetup resume --noudevsync vg0-state',
    ]);
    expect(existsSync(kept)).toBe(false);
    expect(run(mendDisk).told).toEqual([]);
  });

  test('keep the first table when a drill that died had broken the disk already', () => {
    run(breakDisk('/dev/vg0/state'));
    run(breakDisk('/dev/vg0/state'), { table: '0 2048 error' });
    expect(readFileSync(join(machine, 'holdfast-drill-disk.table'), 'utf8')).toBe(`${linear}\n`);
  });

  test('break nothing when the disk is no device of the device mapper, or its table cannot be kept', () => {
    rmSync(join(machine, 'dev/block/253:0'), { recursive: true });
    expect(spawn(breakDisk('/dev/vdb'))).toMatchObject({ status: 1, told: [] });
    mkdirSync(join(machine, 'dev/block/253:0/dm'), { recursive: true });
    writeFileSync(join(machine, 'dev/block/253:0/dm/name'), 'vg0-state\n');
    expect(spawn(breakDisk('/dev/vdb'), { table: '' })).toMatchObject({ status: 1, told: [] });
  });

  test('give a mended disk back to DRBD, and fail until it has every write', () => {
    const upToDate = failUnlessUpToDate('state');
    expect(run(upToDate, { dstate: 'Diskless/UpToDate' }).told).toEqual([]);
    run(breakDisk('/dev/vg0/state'));
    expect(run(attachAgain('state')).told).toEqual([]);
    run(mendDisk);
    expect(run(attachAgain('state')).told).toEqual(['drbdadm attach state']);
    expect(spawn(upToDate, { dstate: 'Diskless/UpToDate' })).toMatchObject({
      status: 1,
      told: ['drbdadm attach state'],
    });
    const behind = spawn(upToDate, { dstate: 'Inconsistent/UpToDate' });
    expect(behind).toMatchObject({ status: 1, told: [] });
    expect(behind.stderr).toContain('its disk is Inconsistent: it does not have every write yet');
    run(upToDate, { dstate: 'UpToDate/UpToDate' });
    expect(run(upToDate, { dstate: 'Diskless/UpToDate' }).told).toEqual([]);
  });

  test('wait for nothing where DRBD does not run', () => {
    run(breakDisk('/dev/vg0/state'));
    run(mendDisk);
    expect(run(failUnlessUpToDate('state'), { dstate: '' }).told).toEqual([]);
  });
});

describe('what a node may lack', () => {
  const lacking = lackingBelow('/dev/vg0/state');

  test('is nothing where the disk is a logical volume', () => {
    expect(run(lacking).printed).toBe('');
  });

  test('is a disk that can be put back, such as one whose table has no keys', () => {
    const { status, printed } = spawn(lacking, { table: '0 2048 crypt aes-xts-plain64 :64:logon:key 0 254:16 0' });
    expect(status).toBe(1);
    expect(printed).toBe(
      'a disk that can be put back as it was: vg0-state is made with crypt, and only linear and striped ones are',
    );
  });

  test('is a disk behind the device mapper', () => {
    rmSync(join(machine, 'dev/block/253:0'), { recursive: true });
    const { status, printed } = spawn(lackingBelow('/dev/vdb'));
    expect(status).toBe(1);
    expect(printed).toContain('/dev/vdb is no device-mapper device');
  });

  test('is said of the disk that the site file gives the node', async () => {
    const asked: string[] = [];
    const host = {
      name: 'bravo',
      run: async (script: string) => {
        asked.push(script);
        return { exitCode: 1, stdout: 'the program dmsetup\n', stderr: '' };
      },
      async *lines() {},
      async close() {},
    };
    expect(await diskErrors.lacking?.(host, replicatedSite)).toBe('the program dmsetup');
    expect(asked.join()).toContain('/dev/vg0/state');
  });
});

test('disk-errors suits a replicated state alone, on machines that have disks', () => {
  const unsuited = (site: typeof replicatedSite, machines: 'containers' | 'real') =>
    diskErrors.unsuited?.({ site, machines });
  expect(unsuited(replicatedSite, 'real')).toBeUndefined();
  expect(unsuited(replicatedSite, 'containers')).toContain('no disks of their own');
  expect(unsuited(memberWitnessSite, 'real')).toContain('one disk that both nodes see');
});

interface Answers {
  readonly table?: string;
  readonly dstate?: string;
}

function run(script: string, answers: Answers = {}) {
  const result = spawn(script, answers);
  expect(result.stderr).toBe('');
  expect(result.status).toBe(0);
  return result;
}

function spawn(script: string, { table = linear, dstate = '' }: Answers = {}) {
  writeFileSync(join(machine, 'told'), '');
  const prelude = `set -eu
note() { echo "$*" >>${machine}/told; }
mountpoint() { [ "$1" = -x ] && echo 253:0; }
blockdev() { echo 2048; }
dmsetup() { case $1 in table) printf '%s' '${table}${table === '' ? '' : '\n'}' ;; *) note dmsetup "$@" ;; esac; }
drbdadm() { case $1 in dstate) [ -n '${dstate}' ] && echo '${dstate}' ;; *) note drbdadm "$@" ;; esac; }
`;
  const moved = script.replaceAll('/run/', `${machine}/`).replaceAll('/sys/', `${machine}/`);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', prelude + moved], { encoding: 'utf8' });
  const told = readFileSync(join(machine, 'told'), 'utf8').split('\n').filter(Boolean);
  return { status, stderr, told, printed: stdout.trim() };
}
