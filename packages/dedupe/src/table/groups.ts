import { LARGEST_GROUP, type MarkTable } from './mark-table.ts';

const nobody = new Uint8Array(LARGEST_GROUP);

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
  for (let start = 0; start < keys.length; start += LARGEST_GROUP) {
    const group = keys.length <= LARGEST_GROUP ? keys : keys.slice(start, start + LARGEST_GROUP);
    table.copies(group, from === undefined ? nobody : from.subarray(start, start + LARGEST_GROUP));
    for (let n = 0; n < group.length; n += 1) tell(start + n, table.ages[n] ?? -1, table.before[n] ?? 0);
  }
}
