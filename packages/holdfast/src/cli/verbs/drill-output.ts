import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError, type Problem } from '../../core/index.ts';
import type { DrillReport } from '../../drill/index.ts';

/** A file that the results of a drill are written to. */
export interface OutputFile {
  /** Begins a sentence: "The report". */
  readonly title: string;
  readonly file: string;
  render(report: DrillReport): Promise<string>;
}

/** Asked before the first fault. Throws HF-DRILL-OUTPUT with every file that could not be written. */
export async function checkWritable(outputs: readonly OutputFile[]): Promise<void> {
  const reasons = await Promise.all(outputs.map(({ file }) => whyNotWritable(file)));
  throwAll(
    outputs.flatMap(({ title, file }, index): readonly Problem[] => {
      const reason = reasons[index];
      if (reason === undefined) return [];
      const message = `${title} cannot be written to ${file}: ${reason.is}.`;
      const remedy = `${reason.remedy} Nothing was broken yet.`;
      return [{ code: 'HF-DRILL-OUTPUT', message, remedy, source: 'user' }];
    }),
  );
}

/** Writes every file that can be written. Throws HF-DRILL-OUTPUT with the others. */
export async function writeOutput(outputs: readonly OutputFile[], report: DrillReport): Promise<void> {
  const problems: Problem[] = [];
  for (const { title, file, render } of outputs) {
    const text = await render(report);
    await writeFile(file, text).catch((error: Error) => {
      const message = `${title} could not be written to ${file}: ${error.message}.`;
      const remedy = 'The results stand above; keep them, and make room for the file before the next drill.';
      problems.push({ code: 'HF-DRILL-OUTPUT', message, remedy, source: 'user' });
    });
  }
  throwAll(problems);
}

interface Reason {
  readonly is: string;
  readonly remedy: string;
}

async function whyNotWritable(file: string): Promise<Reason | undefined> {
  const another = 'Name another file.';
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) return { is: 'it is a folder', remedy: another };
  if (found !== undefined) {
    return (await isWritable(file)) ? undefined : { is: 'it may not be changed', remedy: another };
  }
  const folder = dirname(file);
  const around = await stat(folder).catch(() => undefined);
  if (around === undefined) {
    return { is: `the folder ${folder} does not exist`, remedy: 'Make it, or name another file.' };
  }
  if (!around.isDirectory()) return { is: `${folder} is no folder`, remedy: another };
  return (await isWritable(folder)) ? undefined : { is: `the folder ${folder} may not be changed`, remedy: another };
}

function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

function throwAll([first, ...others]: readonly Problem[]): void {
  if (first !== undefined) throw new HoldfastError([first, ...others]);
}
