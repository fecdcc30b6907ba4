import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../core/index.ts';
import { faultNames } from '../../drill/index.ts';
import { runCli } from '../main.ts';
import { commandOf } from './drill.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-drill-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test('the help of drill names exactly the faults there are', async () => {
  const { printed } = await run('--help');
  const [, named = ''] = /\nFaults:\n((?: {2}\S.*\n)+)/.exec(printed) ?? [];
  expect(named.trim().split(/,?\s+/)).toEqual(faultNames);
  for (const fault of faultNames) expect(printed).toContain(fault);
  expect(printed).toContain('drill [options] <site>');
  expect(printed).not.toContain('(default: [])');
});

describe('drill refuses, before it does anything,', () => {
  test('a report in a folder that is not there', async () => {
    const file = join(directory, 'reports', 'x.html');
    const { code, printed } = await run('no-such-site.yaml', '--all', '--report', file);
    expect(code).toBe(2);
    expect(printed).toContain(
      `The report cannot be written to ${file}: the folder ${join(directory, 'reports')} does not exist.`,
    );
    expect(printed).toContain('Make it, or name another file. Nothing was broken yet.');
  });

  test('every file that is none, each with its reason', async () => {
    writeFileSync(join(directory, 'file'), '');
    const { code, printed } = await run('s', '--all', '--json', directory, '--junit', join(directory, 'file', 'x.xml'));
    expect(code).toBe(2);
    expect(printed).toContain(`The JSON report cannot be written to ${directory}: it is a folder.`);
    expect(printed).toContain(`: ${join(directory, 'file')} is no folder.`);
  });

  test('a site file that --json took for its own', async () => {
    const { code, printed } = await run('--fault', 'power-cut', '--json', 'site.yaml');
    expect(code).toBe(2);
    expect(printed).toContain('Write the site file before --json.');
  });
});

test('the command to repeat a drill is the one that was given', () => {
  const flags = {
    repeat: 3,
    fault: ['power-cut'],
    json: 'out.json',
    report: 'my report.html',
    junit: 'j.xml',
  } as const;
  expect(commandOf('plant/site.yaml', flags, { npm_command: 'exec' })).toBe(
    "npx holdfast drill plant/site.yaml --fault power-cut --repeat 3 --report 'my report.html' --json out.json --junit j.xml",
  );
  expect(commandOf('site.yaml', { repeat: 1, all: true, json: true }, {})).toBe(
    'holdfast drill site.yaml --all --json',
  );
});

async function run(...args: string[]) {
  let printed = '';
  const stream = { write: (text: string) => (printed += text), columns: 400 };
  const stdin = { async *[Symbol.asyncIterator]() {} };
  const io = { stdin, stdout: stream, stderr: stream, env: {}, clock: systemClock };
  const code = await runCli(['drill', ...args], io);
  return { code, printed };
}
