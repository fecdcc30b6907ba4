import { expect, test } from 'vitest';
import { budget } from '../budget/index.ts';
import { systemClock } from '../core/index.ts';
import { openHosts } from '../hosts/index.ts';
import { memberWitnessSite } from '../patterns/active-passive/sites.fixture.ts';
import { openDrillEnvironment } from './open-environment.ts';

test('a drill is held against the budget of its fault, or of the one that it is like', async () => {
  const site = {
    ...memberWitnessSite,
    drill: { ...memberWitnessSite.drill, target: { kind: 'ledger', port: 8080, rate: 50 } },
  } as const;
  await using hosts = openHosts(site);
  const { budgetSeconds, budgetCountsFromLastBoot } = openDrillEnvironment(site, hosts, systemClock);
  const computed = budget(site);
  expect(budgetSeconds('power-cut')).toBe(computed['power-cut'].seconds);
  expect(budgetSeconds('asymmetric-cut')).toBe(computed['network-cut'].seconds);
  expect(budgetSeconds('slow-start')).toBe(computed['process-crash'].seconds + 3);
  expect(budgetSeconds('flapping-network')).toBeNull();
  expect(budgetSeconds('witness-loss-then-power-cut')).toBeNull();
  expect((['blackout', 'power-cut', 'flapping-network'] as const).map(budgetCountsFromLastBoot)).toEqual([
    true,
    false,
    false,
  ]);
});
