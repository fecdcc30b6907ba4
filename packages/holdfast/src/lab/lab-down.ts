import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type Clock, HoldfastError, type ProgressSink } from '../core/index.ts';
import { killGroup, removeGroup, untilEmpty } from './control-group.ts';
import { detachDisk } from './disk.ts';
import { removeImages, removeUnfinishedImages } from './image/image.ts';
import { type LabLayout, labInstances, labLayout, machineNames } from './layout.ts';
import { labProcesses } from './leftovers.ts';
import { removeMachineNetwork, removeNamespace, removeNamespaceDirectory } from './network.ts';
import { untilSwitched } from './power.ts';
import { task } from './task.ts';

/**
 * Removes everything of the lab, found by its names and control groups, so that it needs no record of what was made.
 * The caller holds the lab's lock. Throws HF-LAB-STUCK.
 */
export async function takeDown(layout: LabLayout, clock: Clock, progress: ProgressSink): Promise<void> {
  await task(progress, 'lab-down', 'Taking the lab away', async () => {
    // Without the record nothing can start any more; what is starting ends before the second killing.
    await rm(layout.stateFile, { force: true });
    killGroup(layout.controlGroup);
    await Promise.all(machineNames.map((machine) => untilSwitched(layout, machine)));
    killGroup(layout.controlGroup);
    await untilEmpty(layout.controlGroup, clock, 10_000);
    await endProcesses(layout, clock);
    for (const machine of machineNames) {
      await removeMachineNetwork(layout, machine);
    }
    await removeNamespace(layout.baseNamespace);
    await removeNamespaceDirectory();
    await detachDisk(layout);
    await removeGroup(layout.controlGroup, clock);
    await rm(layout.directory, { recursive: true, force: true });
    await removeUnfinishedImages();
  });
}

/** Removes the cached image. Throws HF-LAB-IMAGE-IN-USE while another lab runs on it. */
export async function removeLabImage(progress: ProgressSink): Promise<void> {
  await refuseWhileInUse();
  await task(progress, 'lab-image', 'Removing the image', removeImages);
}

/** The image is below every machine of every lab. */
async function refuseWhileInUse(): Promise<void> {
  const others = (await labInstances()).filter((instance) => existsSync(labLayout(instance).stateFile));
  if (others.length > 0) {
    throw new HoldfastError({
      code: 'HF-LAB-IMAGE-IN-USE',
      message: `The image is in use by the lab ${others.join(' and the lab ')}.`,
      remedy: `Take it away first: \`HOLDFAST_LAB=${others[0]} holdfast lab down\`.`,
      source: 'user',
    });
  }
}

/** Ends those who came into the lab's namespaces from outside: a client of a drill, a proxy of ssh. */
async function endProcesses(layout: LabLayout, clock: Clock): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const left = labProcesses(layout);
    if (left.length === 0) {
      return;
    }
    if (attempt === 500) {
      throw new HoldfastError({
        code: 'HF-LAB-STUCK',
        message: `Processes ${left.join(', ')} of the lab did not end when they were killed.`,
        remedy: 'Look at them with `ps`, then run `holdfast lab down` again.',
        source: 'tool',
      });
    }
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    await clock.sleep(10);
  }
}
