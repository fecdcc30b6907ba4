import { existsSync } from 'node:fs';
import type { Clock, ProgressSink } from '../core/index.ts';
import { ensureImage } from './image/image.ts';
import { imageRecipe, type Release } from './image/recipe.ts';
import type { LabLayout } from './layout.ts';
import { ensureBaseNetwork } from './network.ts';
import { type BmcKind, bmcKinds, type LabState, type MachineKindName, writeLabState } from './state.ts';
import { chooseAccelerator } from './vm/accelerator.ts';
import { ensureVmImage } from './vm/image.ts';
import { vmRecipe } from './vm/recipe.ts';
import { ensureTemplate } from './vm/template.ts';

/** What a lab that is made now is made of. One that is there keeps what it has. */
export interface LabUpOptions {
  /** Of Debian; by default bookworm. */
  readonly release?: Release;
  /** By default containers. */
  readonly machines?: MachineKindName;
  /** By default Redfish. */
  readonly bmc?: BmcKind;
  readonly signal?: AbortSignal;
}

/** Makes what the machines of a new lab are made from, and the lab's record. Throws HF-LAB-IMAGE-BUILD, HF-LAB-BOOT. */
export async function makeLab(
  layout: LabLayout,
  { release, machines, bmc = bmcKinds[0], signal }: LabUpOptions,
  clock: Clock,
  progress: ProgressSink,
): Promise<LabState> {
  const common = { version: 1, release: imageRecipe(release).release, bmc } as const;
  let state: LabState;
  if (machines === 'vm') {
    const imageDirectory = await ensureVmImage(vmRecipe(release), progress, signal);
    const { accelerator } = await chooseAccelerator(imageDirectory, clock, progress);
    await ensureBaseNetwork(layout);
    const templateDirectory = await ensureTemplate(layout, imageDirectory, accelerator, clock, progress);
    const createdAt = new Date(clock.now()).toISOString();
    state = { ...common, createdAt, machines, imageDirectory, accelerator, templateDirectory };
  } else {
    const imageRoot = await ensureImage(imageRecipe(release), progress, signal);
    state = { ...common, createdAt: new Date(clock.now()).toISOString(), machines: 'containers', imageRoot };
  }
  await writeLabState(layout, state);
  return state;
}

/** Whether everything that the lab's machines were made from is still in the cache. */
export function hasImages(state: LabState): boolean {
  return state.machines === 'vm'
    ? existsSync(state.imageDirectory) && existsSync(state.templateDirectory)
    : existsSync(state.imageRoot);
}
