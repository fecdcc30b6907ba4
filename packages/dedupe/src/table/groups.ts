import { LARGEST_GROUP, type MarkTable } from './mark-table.ts';

/**
 * Gives the table any number of keys, and says of each in their order how old the first copy is, -1 if this is the first,
 * and which sources the earlier copies came from.
 *
 * @param from the bit of each key's source
 */
export function inGroups(
  table: MarkTable,
  keys: readonly string[],
  from: Uint8Array | undefined,
  tell: (at: number, ageMs: number, before: number) => void,
): void {
  const { ages, before } = table;
  for (let start = 0; start < keys.length; start += LARGEST_GROUP) {
    table.copies(keys, start, from);
    const group = Math.min(keys.length - start, LARGEST_GROUP);
    for (let n = 0; n < group; n += 1) tell(start + n, ages[n] ?? -1, before[n] ?? 0);
  }
}
