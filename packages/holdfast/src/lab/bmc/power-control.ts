import { systemClock } from '../../core/index.ts';
import type { LabLayout, MachineName } from '../layout.ts';
import { askToShutDown, cutPower, isOn, powerOn } from '../power.ts';

/** What the BMC can do to a machine. */
export interface PowerControl {
  isOn(machine: MachineName): boolean;
  /** Harmless when it is on. */
  on(machine: MachineName): Promise<void>;
  /** Returns when nothing of the machine is left. Harmless when it is off. */
  off(machine: MachineName): Promise<void>;
  shutDown(machine: MachineName): Promise<void>;
}

export function labPower(layout: LabLayout): PowerControl {
  return {
    isOn: (machine) => isOn(layout, machine),
    async on(machine) {
      await powerOn(layout, machine, systemClock);
    },
    // Whoever fences waits for the death, not for the tidying after it.
    off: (machine) =>
      new Promise((resolve, reject) => {
        cutPower(layout, machine, systemClock, resolve).then(() => {}, reject);
      }),
    shutDown: (machine) => askToShutDown(layout, machine),
  };
}
