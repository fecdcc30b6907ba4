import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { machineNames } from '../layout.ts';
import { writeWhole } from '../state.ts';

const accountSchema = z.object({ username: z.string(), password: z.string() });

/** One account for each machine's BMC, good for that machine alone. */
export const bmcAccountsSchema = z.record(z.enum(machineNames), accountSchema);
export type BmcAccounts = z.infer<typeof bmcAccountsSchema>;

export async function readBmcAccounts(directory: string): Promise<BmcAccounts> {
  return bmcAccountsSchema.parse(JSON.parse(await readFile(accountsFile(directory), 'utf8')));
}

/** Makes the accounts, once, with random passwords. */
export async function ensureBmcAccounts(directory: string): Promise<BmcAccounts> {
  try {
    return await readBmcAccounts(directory);
  } catch {
    const entries = machineNames.map((machine) => [
      machine,
      // Nineteen characters: more do not fit into the simulator of IPMI.
      { username: `holdfast-${machine}`, password: randomBytes(14).toString('base64url') },
    ]);
    const accounts = bmcAccountsSchema.parse(Object.fromEntries(entries));
    await writeWhole(accountsFile(directory), JSON.stringify(accounts), 0o600);
    return accounts;
  }
}

function accountsFile(directory: string): string {
  return `${directory}/accounts.json`;
}
