import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { memberWitnessSite, qnetdSite, replicatedSite } from '../../patterns/active-passive/sites.fixture.ts';
import type { Site } from '../../site/index.ts';
import { contextWith } from './context.fixture.ts';
import { filterLinks, findLinks } from './link-scripts.ts';
import { delayOf, slowNetwork } from './network-faults.ts';

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

describe('slow-network', () => {
  const replicated = (rate?: number): Site => ({
    ...replicatedSite,
    drill: { ...replicatedSite.drill, ...(rate !== undefined && { target: { kind: 'ledger', port: 8080, rate } }) },
  });

  test('delays by what the token bears', () => {
    expect(delayOf(memberWitnessSite)).toBe(100);
    expect(delayOf(qnetdSite)).toBe(100);
    const timing = { ...memberWitnessSite.timing, tokenMs: 400 };
    expect(delayOf({ ...memberWitnessSite, timing })).toBe(40);
  });

  test('delays by less where each write waits for the other node, so that three such waits fit between two writes', () => {
    expect(delayOf(replicated())).toBe(5);
    expect(delayOf(replicated(10))).toBe(25);
    for (const rate of [1, 2, 10, 50, 200]) expect(3 * delayOf(replicated(rate))).toBeLessThan(1000 / rate);
    expect(delayOf(replicated(1))).toBe(100);
  });

  test('says and does the same delay', async () => {
    const scripts: string[] = [];
    const context = contextWith({ site: replicated(10), answer: () => '1795229549615137000\n', scripts });
    await slowNetwork.inject(context);
    expect(scripts.join()).toContain('netem delay 25ms');
    expect(slowNetwork.describe(context.roles, context.site)).toBe('delay everything alpha sends by 25 ms');
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
