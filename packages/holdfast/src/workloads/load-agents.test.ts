import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { agentPaths } from './agents.ts';
import { loadAgentTexts } from './load-agents.ts';

it('Every agent that goes onto nodes is a script for /bin/sh', async () => {
  const texts = await loadAgentTexts();
  expect(Object.keys(texts).toSorted()).toEqual(Object.keys(agentPaths).toSorted());
  for (const text of Object.values(texts)) expect(text.startsWith('#!/bin/sh\n')).toBe(true);
});

describe('The fence agent of a witness', () => {
  it.each(['off', 'reboot', 'on', 'status', 'monitor'])('confirms %s, asked as Pacemaker asks', async (action) => {
    expect((await ask([], `action=${action}\nport=charlie\nnodename=charlie\n`)).status).toBe(0);
  });

  it('confirms nothing that it does not know', async () => {
    const { status, stderr } = await ask([], 'action=explode\n');
    expect(status).toBe(1);
    expect(stderr).toContain('explode');
  });

  it('describes itself without waiting for options', async () => {
    const { status, stdout } = await ask(['-o', 'metadata'], undefined);
    expect(status).toBe(0);
    expect(stdout).toContain('<resource-agent name="fence_holdfast_witness"');
  });
});

async function ask(options: readonly string[], input: string | undefined) {
  const { fenceWitness } = await loadAgentTexts();
  return spawnSync('sh', ['-c', fenceWitness, 'fence_holdfast_witness', ...options], {
    encoding: 'utf8',
    timeout: 10_000,
    ...(input === undefined ? { stdio: ['inherit', 'pipe', 'pipe'] as const } : { input }),
  });
}
