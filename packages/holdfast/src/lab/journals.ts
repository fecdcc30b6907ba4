import { type LabLayout, machineNames } from './layout.ts';
import { kindOf } from './power.ts';
import { readLabState } from './state.ts';

/** The last lines of every machine's journal; nothing where there is no lab. */
export async function readJournals(layout: LabLayout, lines: number): Promise<string> {
  const state = await readLabState(layout);
  if (!state) {
    return '';
  }
  const kind = kindOf(state);
  const texts = await Promise.all(
    machineNames.map(async (machine) => `--- ${machine} ---\n${await kind.readJournal(layout, machine, lines)}`),
  );
  return texts.join('\n');
}
