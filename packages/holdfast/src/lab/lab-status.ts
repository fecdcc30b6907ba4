import { isBmcRunning } from './bmc/bmc.ts';
import { attachedDevices } from './disk.ts';
import type { Release } from './image/recipe.ts';
import { type LabLayout, machineAddress, machineNames, sharedDevicePath } from './layout.ts';
import { findLedger } from './ledger.ts';
import { isOn } from './power.ts';
import { type BmcKind, type MachineKindName, readLabState, readUnplugged } from './state.ts';

export interface LabStatus {
  readonly up: boolean;
  /** The release of Debian that the machines run; null where there is no lab. */
  readonly release: Release | null;
  /** Null where there is no lab. `accelerator`: how the processors of virtual machines are made. */
  readonly machineKind: MachineKindName | null;
  readonly accelerator: 'kvm' | 'tcg' | null;
  readonly site: string;
  readonly machines: readonly {
    readonly name: string;
    readonly power: 'on' | 'off';
    readonly address: string;
    readonly unplugged: readonly string[];
  }[];
  /** What the site fences by; null where there is no lab. */
  readonly bmcKind: BmcKind | null;
  readonly bmc: 'running' | 'stopped';
  readonly sharedDisk: {
    readonly pathOnNodes: string /** A loop device, or the file itself. */;
    readonly behind: string | null;
  };
  /** Why the nodes cannot run the ledger, where they cannot. */
  readonly ledgerMissing: string | null;
}

/** Reads it all off the computer, as it is now. */
export async function labStatus(layout: LabLayout): Promise<LabStatus> {
  const state = await readLabState(layout);
  const ledger = findLedger();
  const bmcRuns = isBmcRunning(layout, state?.bmc ?? 'redfish');
  return {
    up: state !== undefined && machineNames.every((name) => isOn(layout, name)) && bmcRuns,
    release: state?.release ?? null,
    machineKind: state?.machines ?? null,
    accelerator: state?.machines === 'vm' ? state.accelerator : null,
    site: `${layout.siteDirectory}/site.yaml`,
    machines: await Promise.all(
      machineNames.map(async (name) => ({
        name,
        power: isOn(layout, name) ? ('on' as const) : ('off' as const),
        address: machineAddress(name, 'mgmt'),
        unplugged: await readUnplugged(layout, name),
      })),
    ),
    bmcKind: state?.bmc ?? null,
    bmc: bmcRuns ? 'running' : 'stopped',
    sharedDisk: {
      pathOnNodes: sharedDevicePath,
      behind: state?.machines === 'vm' ? layout.diskFile : (attachedDevices(layout)[0] ?? null),
    },
    ledgerMissing: 'missing' in ledger ? ledger.missing : null,
  };
}
