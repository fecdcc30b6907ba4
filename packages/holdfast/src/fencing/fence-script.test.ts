import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentDevice, NodeFencing } from '../site/index.ts';
import { fenceScript } from './index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-levels-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('The devices of a node asked by hand', () => {
  it('are tried level by level, until all of one have done it', () => {
    agent('fence_bmc', 'exit 1');
    agent('fence_left', 'exit 0');
    agent('fence_right', 'exit 0');
    agent('fence_never', 'exit 0');
    const levels = [
      [device('fence_bmc')],
      [device('fence_left'), device('fence_right')],
      [device('fence_never')],
    ] as const;
    expect(run({ levels, after: 'restart' })).toBe(0);
    expect(called()).toEqual(['fence_bmc off 3', 'fence_left off 3', 'fence_right off 3']);
  });

  it('fail where no whole level has done it', () => {
    agent('fence_left', 'exit 0');
    agent('fence_right', 'exit 1');
    expect(run({ levels: [[device('fence_left'), device('fence_right')]], after: 'restart' })).toBe(1);
  });

  it('are given up one by one when they hang', () => {
    agent('fence_hangs', 'exec sleep 60');
    agent('fence_outlet', 'exit 0');
    expect(run({ levels: [[device('fence_hangs')], [device('fence_outlet')]], after: 'restart' })).toBe(0);
    expect(called().at(-1)).toBe('fence_outlet off 3');
  });

  it('are none where a node has nothing but a watchdog', () => {
    const watchdog = { type: 'watchdog', device: '/dev/watchdog', timeoutMs: 5_000 } as const;
    expect(fenceScript({ levels: [[watchdog]], after: 'restart' }, 'off')).toBeUndefined();
  });
});

function device(name: string): AgentDevice {
  return { type: 'agent', agent: name, parameters: { plug: '3' }, secrets: {}, timeoutMs: 1_000 };
}

/** An agent that writes down what it is asked, and then does `body`. */
function agent(name: string, body: string): void {
  const path = join(directory, name);
  const log = join(directory, 'calls');
  writeFileSync(
    path,
    `#!/bin/sh
while IFS='=' read -r key value; do case $key in action) action=$value ;; plug) plug=$value ;; esac; done
echo "${name} $action $plug" >>${log}
${body}
`,
  );
  chmodSync(path, 0o755);
}

function run(fencing: NodeFencing): number | null {
  const script = fenceScript(fencing, 'off')?.script ?? 'exit 99';
  return spawnSync('sh', ['-c', script], { env: { PATH: `${directory}:${process.env.PATH}` } }).status;
}

function called(): readonly string[] {
  return readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n');
}
