import type { Clock } from '../core/index.ts';
import { type JournalEntry, type JournalMark, readJournal } from './evidence/index.ts';
import type { MemberAtStart } from './run-drill.ts';

/** A machine's journal as it stood before a healing that lets the machine lose its memory. */
export interface KeptJournal {
  readonly host: string;
  readonly entries: readonly JournalEntry[];
  /** It could not be read: when that was tried, in the drill's clock, and why it failed. */
  readonly failure?: { readonly atMs: number; readonly because: string };
}

/**
 * Reads it. A journal that cannot be read is an outcome: the healing goes on. A healing that is tried again reads it again, perhaps
 * while the machine goes down already: what was kept `before` is not given up for that.
 */
export async function keepJournal(
  { host, mark, offset }: MemberAtStart,
  clock: Clock,
  before?: KeptJournal,
): Promise<KeptJournal> {
  const atMs = clock.now();
  try {
    return { host: host.name, entries: await readJournal(host, mark, offset) };
  } catch (error) {
    if (before !== undefined && before.failure === undefined) return before;
    const because = error instanceof Error ? error.message : String(error);
    return { host: host.name, entries: [], failure: { atMs, because } };
  }
}

/**
 * What is missing because the journal could not be kept, in words. Nothing is, where what the machine wrote to its disk goes on
 * beyond the attempt in the boot of the mark.
 */
export function gapsLeftBy(
  kept: KeptJournal | undefined,
  { bootId }: JournalMark,
  found: readonly JournalEntry[],
): readonly string[] {
  if (kept?.failure === undefined) return [];
  const { atMs, because } = kept.failure;
  if (found.some((entry) => entry.bootId === bootId && entry.atMs > atMs)) return [];
  return [`what ${kept.host} did before it booted is known in part only, as its journal could not be kept: ${because}`];
}
