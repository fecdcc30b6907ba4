import { execa } from 'execa';
import { type Clock, HoldfastError, type ProgressSink, systemClock } from '../core/index.ts';
import { readJournals } from './journals.ts';
import { removeLabImage, takeDown } from './lab-down.ts';
import { type LabStatus, labStatus } from './lab-status.ts';
import { bringUp } from './lab-up.ts';
import { type LabLayout, labLayout, machineNames } from './layout.ts';
import { withLock } from './lock.ts';
import { type LabMachine, openMachine } from './machine.ts';
import type { LabUpOptions } from './make-lab.ts';
import { labNotUp } from './power.ts';
import { checkRequirements } from './requirements.ts';
import { readLabState } from './state.ts';

/** A lab on this computer. Every method may throw HF-LAB-COMMAND-FAILED, besides what it names. */
export interface Lab {
  readonly layout: LabLayout;
  readonly machines: readonly LabMachine[];
  /** Throws HF-LAB-MACHINE-UNKNOWN. */
  machine(name: string): LabMachine;
  /**
   * Makes and starts everything that is missing, and returns when every machine answers over SSH. Harmless when all is
   * there. Throws HF-LAB-UNSUPPORTED, HF-LAB-IMAGE-BUILD, HF-LAB-BOOT, and
   * HF-LAB-RELEASE, HF-LAB-MACHINES or HF-LAB-BMC where the lab has others.
   */
  up(progress: ProgressSink, options?: LabUpOptions): Promise<void>;
  /** Removes everything of the lab, whatever state it is in. Harmless when there is nothing. Throws HF-LAB-STUCK. */
  down(progress: ProgressSink, options?: { readonly image?: boolean }): Promise<void>;
  status(): Promise<LabStatus>;
  /** The last `lines` lines of every machine's journal, over all its lives; also of machines that are off. */
  journals(lines: number): Promise<string>;
}

/** The lab that HOLDFAST_LAB names, or the one named here. Nothing is started or checked. Throws HF-LAB-INSTANCE. */
export function openLab(instance?: string, clock: Clock = systemClock): Lab {
  const layout = labLayout(instance);
  const machines = machineNames.map((name) => openMachine(layout, name, clock));
  const locked = <T>(work: () => Promise<T>) => withLock(layout.lockFile, 'Another `holdfast lab` command', work);
  return {
    layout,
    machines,
    machine(name) {
      const found = machines.find((machine) => machine.name === name);
      if (!found) {
        throw new HoldfastError({
          code: 'HF-LAB-MACHINE-UNKNOWN',
          message: `The lab has no machine "${name}".`,
          remedy: `Use one of ${machineNames.join(', ')}.`,
          source: 'user',
        });
      }
      return found;
    },
    async up(progress, options = {}) {
      const state = await readLabState(layout);
      checkRequirements(options.machines ?? state?.machines, options.bmc ?? state?.bmc);
      return locked(() => bringUp(layout, machines, clock, progress, options));
    },
    down: (progress, options = {}) =>
      locked(async () => {
        await takeDown(layout, clock, progress);
        if (options.image) {
          await removeLabImage(progress);
        }
      }),
    status: () => labStatus(layout),
    journals: (lines) => readJournals(layout, lines),
  };
}

/** Opens a shell on a machine in this terminal, or runs `command` there. Gives the exit code. Throws HF-LAB-NOT-UP. */
export async function labShell(lab: Lab, machine: LabMachine, command: readonly string[]): Promise<number> {
  if (!(await readLabState(lab.layout))) {
    throw labNotUp();
  }
  const result = await execa('ssh', ['-F', `${lab.layout.siteDirectory}/ssh_config`, machine.name, ...command], {
    stdio: 'inherit',
    reject: false,
  });
  return result.exitCode ?? 1;
}
