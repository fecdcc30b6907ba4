import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { sameClock } from './clock-offset.ts';
import { parseSample, samplerScript } from './sampler.ts';

test('reads what the script prints, in the clock of the drill', () => {
  expect(parseSample('alpha', '1795229549615137000 1 0 1', { ...sameClock, aheadMs: 15.137 })).toEqual({
    node: 'alpha',
    atMs: 1795229549600,
    running: true,
    stateMounted: false,
    addressPresent: true,
  });
  expect(parseSample('alpha', 'Connection closed', sameClock)).toBeUndefined();
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
  expect(parseSample('here', first, sameClock)).toMatchObject({
    running: false,
    stateMounted: false,
    addressPresent: false,
  });
});
