import { isBmcRunning } from './bmc/bmc.ts';
import { attachedDevices } from './disk.ts';
import type { Release } from './image/recipe.ts';
import { type LabLayout, machineAddress, machineNames, sharedDevicePath } from './layout.ts';
import { findLedger } from './ledger.ts';
import { isOn } from './power.ts';
import { readLabState, readUnplugged } from './state.ts';

export interface LabStatus {
  readonly up: boolean;
  /** The release of Debian that the machines run; null where there is no lab. */
  readonly release: Release | null;
  readonly site: string;
  readonly machines: readonly {
    readonly name: string;
    readonly power: 'on' | 'off';
    readonly address: string;
    readonly unplugged: readonly string[];
  }[];
  readonly bmc: 'running' | 'stopped';
  readonly sharedDisk: { readonly pathOnNodes: string; readonly loopDevice: string | null };
  /** Why the nodes cannot run the ledger, where they cannot. */
  readonly ledgerMissing: string | null;
}

/** Reads it all off the computer, as it is now. */
export async function labStatus(layout: LabLayout): Promise<LabStatus> {
  const state = await readLabState(layout);
  const ledger = findLedger();
  return {
    up: state !== undefined && machineNames.every((name) => isOn(layout, name)) && isBmcRunning(layout),
    release: state?.release ?? null,
    site: `${layout.siteDirectory}/site.yaml`,
    machines: await Promise.all(
      machineNames.map(async (name) => ({
        name,
        power: isOn(layout, name) ? ('on' as const) : ('off' as const),
        address: machineAddress(name, 'mgmt'),
        unplugged: await readUnplugged(layout, name),
      })),
    ),
    bmc: isBmcRunning(layout) ? 'running' : 'stopped',
    sharedDisk: { pathOnNodes: sharedDevicePath, loopDevice: attachedDevices(layout)[0] ?? null },
    ledgerMissing: 'missing' in ledger ? ledger.missing : null,
  };
}
