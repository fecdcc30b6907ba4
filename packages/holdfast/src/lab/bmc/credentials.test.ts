import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeNames } from '../layout.ts';
import { ensureBmcAccounts } from './credentials.ts';

it('makes accounts once, for root’s eyes, that also the simulator of IPMI has room for', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-accounts-'));
  const accounts = await ensureBmcAccounts(directory);
  for (const node of nodeNames) {
    expect(accounts[node].username.length).toBeLessThanOrEqual(15);
    expect(accounts[node].password).toHaveLength(19);
  }
  expect(accounts.alpha.password).not.toBe(accounts.bravo.password);
  expect(statSync(join(directory, 'accounts.json')).mode & 0o777).toBe(0o600);
  expect(await ensureBmcAccounts(directory)).toEqual(accounts);
  rmSync(directory, { recursive: true });
});
