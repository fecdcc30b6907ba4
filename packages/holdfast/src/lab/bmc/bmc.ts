import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../core/index.ts';
import { bmcPort, type LabLayout, nodeNames } from '../layout.ts';
import type { BmcKind } from '../state.ts';
import { type BmcProcess, isProcessRunning, startProcess } from './bmc-process.ts';
import type { BmcAccounts } from './credentials.ts';
import { ipmiSimulator } from './ipmi/simulator.ts';

/** Whether everything runs by which the site fences. */
export function isBmcRunning(layout: LabLayout, kind: BmcKind): boolean {
  return processesOf(layout, kind).every((bmc) => isProcessRunning(layout, bmc));
}

/** Starts what of the BMCs does not run, and waits until it answers. Throws HF-LAB-BOOT. */
export async function ensureBmc(
  layout: LabLayout,
  kind: BmcKind,
  accounts: BmcAccounts,
  clock: Clock,
): Promise<'started' | 'running'> {
  const missing = processesOf(layout, kind).filter((bmc) => !isProcessRunning(layout, bmc));
  await Promise.all(missing.map((bmc) => startProcess(layout, bmc, accounts, clock)));
  return missing.length === 0 ? 'running' : 'started';
}

/**
 * One process has the switches of all machines in its hand and speaks Redfish. IPMI is spoken by a simulator for each node, which
 * asks that process to switch, as a real BMC has one power button behind both protocols.
 */
function processesOf(layout: LabLayout, kind: BmcKind): readonly BmcProcess[] {
  const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  const switches = {
    name: 'bmc',
    port: bmcPort,
    command: [process.execPath, '--no-warnings', main, layout.instance],
  };
  return [switches, ...(kind === 'ipmi' ? nodeNames.map((node) => ipmiSimulator(layout, node)) : [])];
}
