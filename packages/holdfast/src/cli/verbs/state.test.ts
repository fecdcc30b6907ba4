import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../core/index.ts';
import { runCli } from '../main.ts';

/** Alpha came back without bravo, which cannot be reached; a program in place of ssh runs what alpha is told on this computer. */
describe('state resolve where one node stands alone', () => {
  let directory: string;
  let siteFile: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-state-'));
    const alpha = join(directory, 'alpha');
    mkdirSync(alpha);
    const program = (path: string, body: string) => {
      writeFileSync(join(directory, path), `#!/bin/sh\n${body}\n`);
      chmodSync(join(directory, path), 0o755);
    };
    program(
      'ssh',
      `for said; do :; done
case "$*" in
*root@10.0.0.12*) echo 'No route to host' >&2; exit 255 ;;
*'-O exit'*) exit ;;
esac
exec sh -c "PATH=${alpha}:/usr/bin:/bin; $(printf '%s' "$said" | sed 's#PATH=[^;]*#PATH=${alpha}:/usr/bin:/bin#')"`,
    );
    program('alpha/id', 'echo 0');
    // Nothing of this computer's own disks is touched.
    for (const name of ['mktemp', 'blockdev', 'losetup', 'mount']) program(`alpha/${name}`, 'exit 1');
    program('alpha/awk', 'echo 9.2.14');
    program('alpha/drbdadm', ':');
    program(
      'alpha/drbdsetup',
      `echo '[{"role":"Secondary","devices":[{"disk-state":"Consistent"}],"connections":[{"connection-state":"Connecting"}]}]'`,
    );
    program(
      'alpha/cibadmin',
      `echo '<rsc_location rsc="replica" id="drbd-fence-by-handler-state-replica"><rule id="r"><expression attribute="#uname" operation="ne" value="bravo" id="e"/></rule></rsc_location>'`,
    );
    siteFile = join(directory, 'site.yaml');
    copyFileSync(new URL('../../../../../examples/sites/drbd.yaml', import.meta.url), siteFile);
    vi.stubEnv('PATH', `${directory}:${process.env.PATH}`);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });

  it.each<readonly [string, readonly string[]]>([
    ['without a node to discard', []],
    ['before it asks', ['--discard', 'bravo', '--yes', 'nobody']],
  ])('shows, %s, that the other node forbade it to serve', async (_, args) => {
    let printed = '';
    const write = (text: string) => {
      printed += text;
    };
    const io = {
      stdout: { write },
      stderr: { write: () => {} },
      stdin: process.stdin,
      env: { NO_COLOR: '1' },
      clock: systemClock,
    };
    await runCli(['state', 'resolve', siteFile, ...args], io);
    expect(printed).toContain(
      'bravo went on without alpha and forbade it to serve, by the constraint drbd-fence-by-handler-state-replica',
    );
  });
});
