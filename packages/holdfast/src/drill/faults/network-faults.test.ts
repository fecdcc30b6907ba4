import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { filterLinks, findLinks } from './link-scripts.ts';

const links = ['10.77.1.11', '10.77.2.11'];

describe('the script that cuts a node off', () => {
  test('drops everything on the links and the virtual address, both ways, ARP included, each interface once', () => {
    const rules = run({ connection: '' });
    expect(rules.match(/drop/g)).toHaveLength(4);
    for (const direction of ['iifname', 'oifname']) {
      expect(rules.match(new RegExp(`${direction} \\{ "plant", "ring",  \\} drop`, 'g'))).toHaveLength(2);
    }
    expect(rules).not.toContain('accept');
    expect(rules).not.toContain('mgmt');
  });

  test('leaves our own SSH connection alone, in both directions, before anything is dropped', () => {
    const rules = run({ connection: '192.0.2.7 50122 10.77.1.11 22' });
    expect(rules).toMatch(/hook input priority -300; ip saddr 192\.0\.2\.7 tcp dport 22 accept\n.*iifname/);
    expect(rules).toMatch(/hook output priority -300; ip daddr 192\.0\.2\.7 tcp sport 22 accept\n.*oifname/);
  });

  test('cuts nothing when an address is on no interface', () => {
    const { status, stderr } = spawn({ virtualAddress: '10.77.1.200', connection: '' });
    expect(status).not.toBe(0);
    expect(stderr).toContain('no interface carries 10.77.1.200');
  });
});

function run(parts: { connection: string }): string {
  const { status, stdout, stderr } = spawn({ virtualAddress: '10.77.1.100', ...parts });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  // The last line is the time.
  expect(stdout).toMatch(/\n\d{19}\n$/);
  return stdout;
}

/** Runs the real script in sh, with a machine's `ip` and `nft` played by functions. */
function spawn({ virtualAddress, connection }: { virtualAddress: string; connection: string }) {
  const machine = `ip() { case $5 in
    10.77.1.11|10.77.1.100) echo "2: plant    inet $5/24 scope global plant" ;;
    10.77.2.11) echo "3: ring    inet $5/24 scope global ring" ;;
  esac; }
nft() { cat; }
set -eu
`;
  const script = [
    machine,
    findLinks([...links, virtualAddress]),
    'at=$(date +%s%N)',
    filterLinks({ directions: ['in', 'out'] }),
    'echo "$at"',
  ].join('\n');
  return spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, SSH_CONNECTION: connection },
  });
}
