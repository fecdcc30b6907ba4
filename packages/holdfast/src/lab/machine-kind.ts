import type { Clock } from '../core/index.ts';
import type { LabLayout, MachineName, NetworkName } from './layout.ts';
import type { LabState } from './state.ts';

/** How a machine is switched and cabled: what differs between containers and virtual machines. The caller holds its lock. */
export interface MachineKind {
  /** Whether anything of the machine runs; read off the computer, without any record of the lab. */
  isOn(layout: LabLayout, machine: MachineName): boolean;
  /** Makes what the machines of a lab share. Harmless when it is there. */
  prepareLab(layout: LabLayout): Promise<void>;
  /** Starts a machine that is off; does not wait until it answers. Throws HF-LAB-BOOT. */
  boot(layout: LabLayout, machine: MachineName, state: LabState, clock: Clock): Promise<void>;
  /**
   * Takes the power of a machine that is on. Returns when nothing of it is left and its disks are free, and gives the wall
   * time just before. Throws HF-LAB-STUCK.
   */
  kill(layout: LabLayout, machine: MachineName, clock: Clock): Promise<number>;
  /** The reset button of a machine that is on. Gives the wall time just before. */
  reset(layout: LabLayout, machine: MachineName, state: LabState, clock: Clock): Promise<number>;
  /** Takes away what only the next start would miss. */
  tidyAfterDeath(layout: LabLayout, machine: MachineName): Promise<void>;
  askToShutDown(layout: LabLayout, machine: MachineName): Promise<void>;
  moveCables(
    layout: LabLayout,
    machine: MachineName,
    networks: readonly NetworkName[],
    state: 'up' | 'down',
  ): Promise<void>;
  /** The last lines of its journal, over all its lives. */
  readJournal(layout: LabLayout, machine: MachineName, lines: number): Promise<string>;
  /** Whether the cables of a machine that is on lead somewhere: they do not when the lab's namespace was made anew. */
  hasCables(layout: LabLayout, machine: MachineName): Promise<boolean>;
}
