import { expect, test } from 'vitest';
import { HoldfastError, systemClock } from '../core/index.ts';
import { createContext } from './context.ts';
import { nameSite, nameSiteIn } from './name-site.ts';

test('a remedy that calls the site file <site> is printed with its path', () => {
  const problem = (remedy: string) => ({ code: 'HF-STATE-RESOLVE', message: 'no', remedy, source: 'site' }) as const;
  const error = new HoldfastError([problem('See `holdfast status <site>`.'), problem('`holdfast apply <site>`')]);
  expect(nameSiteIn(error, 'plant/site.yaml').problems.map(({ remedy }) => remedy)).toEqual([
    'See `holdfast status plant/site.yaml`.',
    '`holdfast apply plant/site.yaml`',
  ]);
});

test('a path that a shell would take apart is quoted, once', () => {
  const remedy = "`holdfast status <site>`, then holdfast move '<site>'";
  const problem = { code: 'HF-STATE-RESOLVE', message: 'no', remedy, source: 'site' } as const;
  expect(nameSite(problem, 'my plant.yaml').remedy).toBe(
    "`holdfast status 'my plant.yaml'`, then holdfast move 'my plant.yaml'",
  );
});

test('the path is that of the site file which the verb has read', async () => {
  const nowhere = { write: () => true };
  const io = { stdin: process.stdin, stdout: nowhere, stderr: nowhere, env: {}, clock: systemClock };
  const owned = createContext(io, false);
  expect(owned.siteFile).toBeUndefined();
  const file = new URL('../site/golden/missing.yaml', import.meta.url).pathname;
  await expect(owned.context.loadSite(file)).rejects.toThrow('does not exist');
  expect(owned.siteFile).toBe(file);
});
