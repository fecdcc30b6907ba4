import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { selfFencing } from './watchdog.ts';

it.each([
  ['a machine that has just booted, until the others must have given it up', 12, true, '48'],
  ['none that has been up for so long', 60, true, undefined],
  ['none that has no watchdog any more', 12, false, undefined],
])('keeps from Corosync %s', (_, upSeconds, usesSbd, slept) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-programs-'));
  try {
    const program = (name: string, body: string) =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    program('systemctl', `[ "$*" = 'is-enabled --quiet sbd.service' ] && exit ${usesSbd ? 0 : 1}; exit 2`);
    program('cut', `[ "$*" = '-d. -f1 /proc/uptime' ] && echo ${upSeconds}`);
    program('sleep', `echo "$*" >${folder}/slept`);
    const { files } = selfFencing({ type: 'watchdog', device: '/dev/watchdog', timeoutMs: 30_000 }, 60_000);
    const dropIn = files.find(({ path }) => path.includes('/corosync.service.d/'))?.text ?? '';
    const [, command = 'exit 9'] = /^ExecStartPre=\/bin\/sh -c '(.*)'$/m.exec(dropIn) ?? [];
    // systemd.service(5): two dollars are one.
    const { status } = spawnSync('/bin/sh', ['-c', command.replaceAll('$$', '$')], { env: { PATH: folder } });
    expect(status).toBe(0);
    const log = join(folder, 'slept');
    expect(existsSync(log) ? readFileSync(log, 'utf8').trim() : undefined).toBe(slept);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
