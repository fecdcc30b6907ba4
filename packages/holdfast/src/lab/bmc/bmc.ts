import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, HoldfastError } from '../../core/index.ts';
import { isPopulated, killGroup, makeGroup, untilEmpty } from '../control-group.ts';
import { type LabLayout, namespacePath } from '../layout.ts';

export function bmcGroup(layout: LabLayout): string {
  return `${layout.controlGroup}/bmc`;
}

export function isBmcRunning(layout: LabLayout): boolean {
  return isPopulated(bmcGroup(layout));
}

/** Starts the BMC, unless it runs, and waits until it answers. Throws HF-LAB-BOOT. */
export async function ensureBmc(layout: LabLayout, clock: Clock): Promise<'started' | 'running'> {
  if (isBmcRunning(layout)) {
    return 'running';
  }
  const procsFiles = await makeGroup(bmcGroup(layout));
  const script = `for file in ${procsFiles.join(' ')}; do echo $$ >"$file"; done; exec "$@"`;
  const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  const logFile = `${layout.bmcDirectory}/requests.log`;
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(
    'nsenter',
    [
      `--net=${namespacePath(layout.baseNamespace)}`,
      ...['sh', '-ec', script, 'sh'],
      ...[process.execPath, '--no-warnings', main, layout.instance],
    ],
    {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log, log, 'pipe'],
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8' },
    },
  );
  closeSync(log);
  child.unref();
  const ready = child.stdio[3];
  const limit = new AbortController();
  const answered = await Promise.race([
    ready
      ? once(ready, 'data', { signal: limit.signal }).then(
          () => true,
          () => false,
        )
      : false,
    once(child, 'exit', { signal: limit.signal }).then(
      () => false,
      () => false,
    ),
    clock.sleep(15_000, limit.signal).then(
      () => false,
      () => false,
    ),
  ]);
  limit.abort();
  ready?.destroy();
  if (!answered) {
    killGroup(bmcGroup(layout));
    await untilEmpty(bmcGroup(layout), clock, 5_000);
    throw new HoldfastError({
      code: 'HF-LAB-BOOT',
      message: `The simulated BMC did not start; what it said is in ${logFile}.`,
      remedy: 'Read the end of that file; `holdfast lab down` and `holdfast lab up` make everything anew.',
      source: 'tool',
    });
  }
  return 'started';
}
