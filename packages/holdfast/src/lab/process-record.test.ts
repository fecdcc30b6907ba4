import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../core/index.ts';
import { killRecorded, parseStat, recordedProcess, recordItself } from './process-record.ts';

describe.skipIf(process.platform !== 'linux')('The record of a process', () => {
  let directory: string;
  let file: string;
  let child: ChildProcess;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-record-'));
    file = join(directory, 'pid');
    child = spawn('sh', ['-c', `${recordItself(file)}; echo; exec "$@"`, 'sh', 'sleep', '60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (child.stdout) await once(child.stdout, 'data');
  });

  afterEach(() => {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });

  it('names the process that wrote it, also after it became another program', () => {
    expect(recordedProcess(file)).toBe(child.pid);
  });

  it('does not name another process that got the same number later', () => {
    const stat = readFileSync(file, 'utf8');
    const startTick = parseStat(stat)?.startTick ?? '';
    writeFileSync(file, stat.replace(` ${startTick} `, ` ${Number(startTick) + 1} `));
    expect(recordedProcess(file)).toBeUndefined();
  });

  it('is gone, with the process, when that was killed; and killing again is harmless', async () => {
    await killRecorded(file, systemClock, 5_000);
    expect(recordedProcess(file)).toBeUndefined();
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL');
    await killRecorded(file, systemClock, 5_000);
  });

  it('is read whatever the name of the process holds', () => {
    const fields = Array.from({ length: 22 }, (_, index) => String(index + 4)).join(' ');
    expect(parseStat(`7 (a) b (c)) S ${fields}`)).toEqual({ pid: 7, state: 'S', startTick: '22' });
    expect(parseStat('')).toBeUndefined();
  });
});
