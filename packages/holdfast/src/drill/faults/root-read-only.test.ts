import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../core/index.ts';
import { memberWitnessSite } from '../../patterns/active-passive/sites.fixture.ts';
import { contextWith } from './context.fixture.ts';
import { examine, findTrigger, rootReadOnly } from './root-read-only.ts';

describe('root-read-only', () => {
  test('tells the file system of / itself, whatever device it is on, that it has an error', async () => {
    const machine = mkdtempSync(join(tmpdir(), 'holdfast-root-'));
    try {
      mkdirSync(join(machine, 'dev/block'), { recursive: true });
      mkdirSync(join(machine, 'fs/ext4/dm-1'), { recursive: true });
      symlinkSync('../../devices/virtual/block/dm-1', join(machine, 'dev/block/253:1'));
      writeFileSync(join(machine, 'fs/ext4/dm-1/trigger_fs_error'), '');
      const prelude = `set -eu
mountpoint() { [ "$*" = '-d /' ] && echo 253:1; }
mount() { echo "mount $*" >>${machine}/told; }
`;
      const scripts: string[] = [];
      const { inject } = rootReadOnly;
      await inject(contextWith({ answer: () => '1795229549615137000\n', scripts }));
      const script = (scripts[0] ?? '').replaceAll('/sys/', `${machine}/`).replaceAll('/run/', `${machine}/`);
      const { status, stdout, stderr } = spawnSync('sh', ['-c', prelude + script], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/^\d{19}\n$/);
      expect(readFileSync(join(machine, 'told'), 'utf8')).toBe('mount -o remount,errors=remount-ro /\n');
      expect(readFileSync(join(machine, 'fs/ext4/dm-1/trigger_fs_error'), 'utf8')).toBe('Holdfast drill\n');
      // What healing looks for before it boots a machine.
      expect(existsSync(join(machine, 'holdfast-drill-root'))).toBe(true);
    } finally {
      rmSync(machine, { recursive: true });
    }
  });

  test('is lacking where / is no ext4', async () => {
    const { status } = spawnSync('sh', ['-c', `mountpoint() { false; }\n${findTrigger}\n[ -w "$trigger" ]`]);
    expect(status).toBe(1);
    const { victim } = contextWith({ exitCode: 1 });
    expect(await rootReadOnly.lacking?.(victim.host, memberWitnessSite)).toContain('ext4');
  });

  test('is healed by moving what still serves, keeping the journal, and booting the machine, in this order', async () => {
    const done: string[] = [];
    const context = contextWith({ answer: (script) => (script.includes('mktemp') ? 'serving\n' : ''), done });
    await expect(rootReadOnly.heal(context)).rejects.toThrow('alpha boots to mend that');
    expect(done).toEqual(['move', 'keep', 'systemctl --no-block reboot']);
  });

  test('is healed where nothing can be moved, and not twice while the machine goes down', async () => {
    const done: string[] = [];
    const unable = contextWith({
      answer: (script) => (script.includes('mktemp') ? 'serving\n' : ''),
      done,
      moves: false,
    });
    await expect(rootReadOnly.heal(unable)).rejects.toThrow(HoldfastError);
    expect(done).toEqual(['keep', 'systemctl --no-block reboot']);
    const leaving: string[] = [];
    await expect(rootReadOnly.heal(contextWith({ answer: () => 'leaving\n', done: leaving }))).rejects.toThrow();
    expect(leaving).toEqual([]);
    const sound: string[] = [];
    await rootReadOnly.heal(contextWith({ answer: () => 'sound\n', done: sound }));
    expect(sound).toEqual([]);
  });

  test('sees from the machine itself whether it can be written, goes down, or serves', () => {
    const look = (programs: string) => examined(programs, true).found;
    const says = (state: string) => `systemctl() { [ "$1" = stop ] || { echo ${state}; false; }; }`;
    const mounted = 'mountpoint() { [ "$2" = /srv/state ]; }';
    expect(look(`mktemp() { echo /none; }\n${says('degraded')}`)).toBe('sound');
    expect(look(`mktemp() { false; }\n${says('degraded')}\n${mounted}`)).toBe('serving');
    expect(look(`mktemp() { false; }\n${says('degraded')}\nmountpoint() { false; }`)).toBe('broken');
    expect(look(`mktemp() { false; }\n${says('stopping')}\n${mounted}`)).toBe('leaving');
  });

  test('boots no machine that no drill has touched, however bad its disk is', () => {
    const { found } = examined('mktemp() { false; }\nmountpoint() { :; }\nsystemctl() { echo "$*"; }', false);
    expect(found).toBe('stop holdfast-drill-root.service\nsound');
  });

  test('forgets that it touched a machine that can be written all the same', () => {
    const programs = 'mktemp() { echo /none; }\nsystemctl() { :; }';
    expect(examined(programs, true)).toMatchObject({ found: 'sound', isTouched: false });
  });
});

/** What a machine with these programs says, which a drill has touched or not. */
function examined(programs: string, isTouched: boolean) {
  const machine = mkdtempSync(join(tmpdir(), 'holdfast-root-'));
  try {
    const touchedFile = join(machine, 'holdfast-drill-root');
    if (isTouched) writeFileSync(touchedFile, '');
    const script = examine('/srv/state').replaceAll('/run/', `${machine}/`);
    const { stdout } = spawnSync('sh', ['-c', `set -eu\n${programs}\n${script}`], { encoding: 'utf8' });
    return { found: stdout.trim(), isTouched: existsSync(touchedFile) };
  } finally {
    rmSync(machine, { recursive: true });
  }
}
