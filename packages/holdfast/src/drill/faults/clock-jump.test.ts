import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memberWitnessSite, oneDevice } from '../../patterns/active-passive/sites.fixture.ts';
import { clockJump, setClockAhead, setClockBack } from './clock-jump.ts';

/** In place of a machine's /run and /proc, with a `date` that only notes what it is told: the clock of this computer stays. */
let machine: string;

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), 'holdfast-clock-'));
});

afterEach(() => rmSync(machine, { recursive: true }));

describe('the scripts that set a clock', () => {
  test('set it an hour ahead, give the time before that, and back to where it would be by now', () => {
    const ahead = run(setClockAhead, { now: '1795229549615137000', uptime: '1234.05 999.99' });
    expect(ahead).toEqual({ printed: '1795229549615137000', told: ['--set=+1 hour'] });
    const back = run(setClockBack, { now: '1795233200000000000', uptime: '1300.10 999.99' });
    // 66.05 s later.
    expect(back.told).toEqual(['--set=@1795229615.66']);
    expect(run(setClockBack, { now: '1795229616000000000', uptime: '1301.00 1.00' }).told).toEqual([]);
  });

  test('remember the true clock when a drill that died had set it ahead already', () => {
    run(setClockAhead, { now: '1795229549000000000', uptime: '100.00 1.00' });
    run(setClockAhead, { now: '1795233149000000000', uptime: '101.00 1.00' });
    expect(run(setClockBack, { now: '1795236750000000000', uptime: '102.08 1.00' }).told).toEqual([
      '--set=@1795229551.08',
    ]);
  });
});

describe('clock-jump', () => {
  test('is not done to a container, whose clock is that of this computer', () => {
    expect(clockJump.unsuited?.({ site: memberWitnessSite, machines: 'containers' })).toContain('must not be set');
    expect(clockJump.unsuited?.({ site: memberWitnessSite, machines: 'virtual-machines' })).toBeUndefined();
  });

  test('may cost a node with SBD, which looks at the wall clock, and nobody else', () => {
    const [one, two] = memberWitnessSite.nodes;
    const watchdog = oneDevice({ type: 'watchdog', device: '/dev/watchdog', timeoutMs: 5000 });
    const watched = { ...memberWitnessSite, nodes: [one, { ...two, fencing: watchdog }] as const };
    expect(clockJump.expectation(memberWitnessSite).service).toBe('keeps-serving');
    expect(clockJump.expectation(watched).service).toBe('back-in-time');
  });
});

function run(script: string, { now, uptime }: { now: string; uptime: string }) {
  writeFileSync(join(machine, 'uptime'), `${uptime}\n`);
  writeFileSync(join(machine, 'told'), '');
  const prelude = `set -eu
date() { case $1 in +%s%N) echo ${now} ;; *) echo "$*" >>${machine}/told ;; esac; }
`;
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', prelude + script.replaceAll('/run/', `${machine}/`).replaceAll('/proc/', `${machine}/`)],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const told = readFileSync(join(machine, 'told'), 'utf8').split('\n').filter(Boolean);
  return { printed: stdout.trim(), told };
}
