import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { identityScript } from './identity.ts';

it('tells a machine its time, files and name in a script that sh takes and that ends with the mark its reader waits for', () => {
  const script = identityScript('alpha', 'QUJD', 1_700_000_000_123);
  expect(spawnSync('sh', ['-n'], { input: script }).status).toBe(0);
  expect(script).toContain('date --set=@1700000000.123');
  expect(script).toContain('\nQUJD\n');
  expect(script).toContain('\nhostname alpha\n');
  expect(script.trimEnd().split('\n').at(-1)).toBe('# the end');
});
