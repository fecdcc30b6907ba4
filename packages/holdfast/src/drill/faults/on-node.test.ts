import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { replicatedSite } from '../../patterns/active-passive/sites.fixture.ts';
import { clockJump } from './clock-jump.ts';
import { contextWith } from './context.fixture.ts';
import { diskErrors } from './disk-errors.ts';
import type { Fault } from './fault.ts';
import { faults } from './index.ts';

/** In place of a machine's /run and /proc. */
let machine: string;

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), 'holdfast-dead-man-'));
});

afterEach(() => rmSync(machine, { recursive: true }));

describe('a dead-man', () => {
  test('keeps the table of a disk that it could not put back', async () => {
    const [script] = await deadMenOf(diskErrors);
    write('holdfast-drill-disk.table', '0 2048 linear 254:16 0');
    write('holdfast-drill-disk.name', 'vg0-state');
    expect(run(script, 'dmsetup() { [ "$1" != load ]; }\ndrbdadm() { :; }')).not.toBe(0);
    expect(existsSync(join(machine, 'holdfast-drill-disk.table'))).toBe(true);
    expect(run(script, 'dmsetup() { :; }\ndrbdadm() { false; }')).toBe(0);
    expect(existsSync(join(machine, 'holdfast-drill-disk.table'))).toBe(false);
  });

  test('keeps the true time of a clock that it could not set', async () => {
    const [script] = await deadMenOf(clockJump);
    write('holdfast-drill-clock', '179522831500');
    write('uptime', '1300.10 999.99');
    expect(run(script, 'date() { false; }')).not.toBe(0);
    expect(existsSync(join(machine, 'holdfast-drill-clock'))).toBe(true);
    expect(run(script, 'date() { :; }')).toBe(0);
    expect(existsSync(join(machine, 'holdfast-drill-clock'))).toBe(false);
  });

  test('of any fault gets to its end where nothing is left to undo, whatever has no such thing any more', async () => {
    const nothingThere = `nft() { false; }
tc() { :; }
sleep() { :; }
rm() { :; }
systemctl() { [ "$1" = kill ]; }`;
    let count = 0;
    for (const fault of Object.values(faults)) {
      for (const script of await deadMenOf(fault)) {
        expect({ fault: fault.name, status: run(script, nothingThere) }).toEqual({ fault: fault.name, status: 0 });
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(10);
  });
});

/** What the timers that a fault arms would run; none for one whose dead-man is of another kind. */
async function deadMenOf(fault: Fault): Promise<readonly string[]> {
  const scripts: string[] = [];
  await fault.armDeadMan(contextWith({ site: replicatedSite, scripts }));
  const timers = scripts.filter((script) => script.includes('--on-active'));
  return timers.map((script) => {
    const prelude = `systemctl() { :; }
timer() { until [ "$1" = /bin/sh ]; do shift; done; printf %s "$3"; }
`;
    return spawnSync('sh', ['-c', prelude + script.replaceAll('systemd-run', 'timer')], { encoding: 'utf8' }).stdout;
  });
}

function run(script: string | undefined, programs: string): number | null {
  if (!script) throw new Error('no dead-man was armed');
  const moved = script.replaceAll('/run/', `${machine}/`).replaceAll('/proc/', `${machine}/`);
  return spawnSync('sh', ['-c', `${programs}\n${moved}`], { encoding: 'utf8' }).status;
}

function write(name: string, text: string): void {
  writeFileSync(join(machine, name), `${text}\n`);
}
