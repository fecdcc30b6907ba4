import { existsSync, readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { HoldfastError } from '../core/index.ts';
import { releases } from './image/recipe.ts';
import { type LabLayout, type MachineName, type NetworkName, networkNames } from './layout.ts';

/** How a lab's machines are made. */
export const machineKinds = ['containers', 'vm'] as const;

/** What the site of a lab fences by. */
export const bmcKinds = ['redfish', 'ipmi'] as const;

const common = {
  version: z.literal(1),
  /** Records of the first version have none: there was one release only. */
  release: z.enum(releases).default(releases[0]),
  createdAt: z.string(),
  /** Records of the first version have none: there was Redfish only. */
  bmc: z.enum(bmcKinds).default(bmcKinds[0]),
};

const containerLab = z.object({
  ...common,
  /** Records of the first version have none: there were containers only. */
  machines: z.literal('containers').default('containers'),
  /** The root file system that the machines are overlays of. */
  imageRoot: z.string(),
});

const vmLab = z.object({
  ...common,
  machines: z.literal('vm'),
  /** The folder with the disk, the kernel and the initrd. */
  imageDirectory: z.string(),
  accelerator: z.enum(['kvm', 'tcg']),
  /** The folder with the saved machine that the others go on from. */
  templateDirectory: z.string(),
});

const labStateSchema = z.union([vmLab, containerLab]);

/** What cannot be read off the computer itself; everything else of a lab is found by its names. */
export type LabState = z.infer<typeof labStateSchema>;
export type ContainerLabState = z.infer<typeof containerLab>;
export type VmLabState = z.infer<typeof vmLab>;
export type MachineKindName = (typeof machineKinds)[number];
export type BmcKind = (typeof bmcKinds)[number];

/** Undefined: the lab is down. Throws HF-LAB-STATE for a record that is not one. */
export async function readLabState(layout: LabLayout): Promise<LabState | undefined> {
  return readRecord(layout.stateFile, labStateSchema);
}

/** The kind of the lab's machines, as its record says; undefined: there is no lab. */
export function readMachineKind(layout: LabLayout): MachineKindName | undefined {
  return existsSync(layout.stateFile)
    ? parseRecord(layout.stateFile, readFileSync(layout.stateFile, 'utf8'), labStateSchema).machines
    : undefined;
}

export async function writeLabState(layout: LabLayout, state: LabState): Promise<void> {
  await writeWhole(layout.stateFile, `${JSON.stringify(state, null, 2)}\n`);
}

const cablesSchema = z.object({ unplugged: z.array(z.enum(networkNames)) });

/** Which of a machine's cables are out. It outlives the machine's power, as with a real cable. */
export async function readUnplugged(layout: LabLayout, machine: MachineName): Promise<readonly NetworkName[]> {
  const record = await readRecord(cablesFile(layout, machine), cablesSchema);
  return record?.unplugged ?? [];
}

export async function writeUnplugged(
  layout: LabLayout,
  machine: MachineName,
  unplugged: readonly NetworkName[],
): Promise<void> {
  await writeWhole(cablesFile(layout, machine), JSON.stringify({ unplugged }));
}

/** Writes a file so that a reader, or a next start, sees the old content or the new one. */
export async function writeWhole(file: string, content: string, mode = 0o644): Promise<void> {
  const beside = `${file}.${process.pid}.new`;
  await writeFile(beside, content, { mode });
  await rename(beside, file);
}

function cablesFile(layout: LabLayout, machine: MachineName): string {
  return `${layout.machineDirectory(machine)}/cables.json`;
}

/** The record does not fit what runs: somebody changed it by hand. */
export function otherState(layout: LabLayout, wanted: MachineKindName): HoldfastError {
  return new HoldfastError({
    code: 'HF-LAB-STATE',
    message: `${layout.stateFile} is not the record of a lab of ${wanted === 'vm' ? 'virtual machines' : 'containers'}.`,
    remedy: 'Run `holdfast lab down`, which needs no record, and then `holdfast lab up`.',
    source: 'tool',
  });
}

async function readRecord<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
  return parseRecord(file, text, schema);
}

function parseRecord<T>(file: string, text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HoldfastError(
      {
        code: 'HF-LAB-STATE',
        message: `${file} is not a record that this version of Holdfast understands.`,
        remedy: 'Run `holdfast lab down`, which needs no record, and then `holdfast lab up`.',
        source: 'tool',
      },
      { cause },
    );
  }
}
