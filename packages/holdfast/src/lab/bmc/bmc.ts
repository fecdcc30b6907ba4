import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, HoldfastError } from '../../core/index.ts';
import { type LabLayout, namespacePath, rootlessVariable } from '../layout.ts';
import { killRecorded, recordedProcess, recordItself } from '../process-record.ts';

function recordFile(layout: LabLayout): string {
  return `${layout.bmcDirectory}/bmc.pid`;
}

export function isBmcRunning(layout: LabLayout): boolean {
  return recordedProcess(recordFile(layout)) !== undefined;
}

/** Starts the BMC, unless it runs, and waits until it answers. Throws HF-LAB-BOOT. */
export async function ensureBmc(layout: LabLayout, clock: Clock): Promise<'started' | 'running'> {
  if (isBmcRunning(layout)) {
    return 'running';
  }
  const script = `${recordItself(recordFile(layout))}; exec "$@"`;
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
      env: { ...environment(), LANG: 'C.UTF-8' },
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
    await killRecorded(recordFile(layout), clock, 5_000);
    throw new HoldfastError({
      code: 'HF-LAB-BOOT',
      message: `The simulated BMC did not start; what it said is in ${logFile}.`,
      remedy: 'Read the end of that file; `holdfast lab down` and `holdfast lab up` make everything anew.',
      source: 'tool',
    });
  }
  return 'started';
}

/** What of ours the BMC needs: its programs, and where the labs lie. */
function environment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', rootlessVariable];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
