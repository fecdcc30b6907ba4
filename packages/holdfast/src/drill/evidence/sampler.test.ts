import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { sameClock } from './clock-offset.ts';
import { sampleReader, samplerScript } from './sampler.ts';

test('reads what the script prints, in the clock of the drill', () => {
  const read = sampleReader('alpha', { ...sameClock, aheadMs: 15.137 });
  expect(read('1795229549615137000 61.20 first 1 0 1')).toEqual({
    node: 'alpha',
    atMs: 1795229549600,
    running: true,
    stateMounted: false,
    addressPresent: true,
  });
  expect(read('Connection closed')).toBeUndefined();
});

test('goes on as before where the wall clock is set, and begins anew with each boot', () => {
  const read = sampleReader('alpha', sameClock);
  const at = (seconds: number, uptime: string, boot = 'first') =>
    read(`${seconds}000000000 ${uptime} ${boot} 0 0 0`)?.atMs;
  expect(at(1795229549, '61.20')).toBe(1795229549000);
  expect(at(1795229549 + 3601, '62.20')).toBe(1795229550000);
  expect(at(1795229551, '63.25')).toBe(1795229551000);
  expect(at(1795229600, '5.00', 'second')).toBe(1795229600000);
});

test('is a script that sh runs, and that sees nothing where there is nothing', () => {
  const script = samplerScript({
    controlGroups: ["/system.slice/no'such.service", '/system.slice/nor-such.service'],
    mountPoint: '/no/such mount',
    address: '192.0.2.77',
  });
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { timeout: 1000, encoding: 'utf8' });
  expect(stderr).toBe('');
  const [first = ''] = stdout.split('\n');
  expect(sampleReader('here', sameClock)(first)).toMatchObject({
    running: false,
    stateMounted: false,
    addressPresent: false,
  });
});
