import type { JournalEntry } from './journal.ts';
import type { ExclusiveThing } from './marks.ts';

/**
 * A time in which a node had a thing, such as a workload that ran. Each end is known only between two instants: between them
 * it may have had it, inside them it certainly did. All in the drill's clock.
 */
export interface RunInterval {
  readonly node: string;
  readonly from: Instant;
  readonly to: Instant;
}

interface Instant {
  readonly earliestMs: number;
  readonly latestMs: number;
}

export interface NodeEvidence {
  readonly node: string;
  /** The node's journal since before the fault. */
  readonly entries: readonly JournalEntry[];
  readonly thing: ExclusiveThing;
  /** Whether the node had it when the watch began, and in which boot that was. */
  readonly ranAtStart: boolean;
  readonly bootIdAtStart: string;
  readonly watchedFromMs: number;
  readonly watchedUntilMs: number;
  /** When the machine was known to be without power: its power was cut or its fencing was confirmed. */
  readonly powerOffAtMs: readonly number[];
}

/**
 * When a node had a thing, from its own journal. Undefined: the journal does not reach back to the start of the watch, so
 * nobody can say.
 *
 * A boot that ends without a word (power cut, fencing) ends it: not before the boot's last entry, and not
 * after the machine was known to be off or, at the latest, the first entry of its next boot.
 */
export function runIntervals(evidence: NodeEvidence): readonly RunInterval[] | undefined {
  const boots = byBoot(evidence.entries);
  if (boots[0]?.bootId !== evidence.bootIdAtStart) return undefined;
  const intervals: RunInterval[] = [];
  for (const [index, boot] of boots.entries()) {
    const isFirst = index === 0;
    const nextBootMs = boots[index + 1]?.entries[0]?.atMs;
    const lastEntryMs = boot.entries.at(-1)?.atMs ?? evidence.watchedFromMs;
    const end = endOfBoot(evidence, lastEntryMs, nextBootMs);
    intervals.push(...intervalsOfBoot(evidence, boot.entries, isFirst && evidence.ranAtStart, end));
  }
  return intervals;
}

interface Boot {
  readonly bootId: string;
  readonly entries: readonly JournalEntry[];
}

function byBoot(entries: readonly JournalEntry[]): readonly Boot[] {
  const boots = new Map<string, JournalEntry[]>();
  for (const entry of entries) {
    const known = boots.get(entry.bootId);
    if (known === undefined) boots.set(entry.bootId, [entry]);
    else known.push(entry);
  }
  return [...boots].map(([bootId, ofBoot]) => ({ bootId, entries: ofBoot }));
}

function endOfBoot(evidence: NodeEvidence, lastEntryMs: number, nextBootMs: number | undefined): Instant {
  const offMs = evidence.powerOffAtMs.filter((atMs) => atMs >= lastEntryMs && atMs <= (nextBootMs ?? atMs));
  if (nextBootMs === undefined && offMs.length === 0) {
    return { earliestMs: evidence.watchedUntilMs, latestMs: evidence.watchedUntilMs };
  }
  return { earliestMs: lastEntryMs, latestMs: Math.min(...offMs, nextBootMs ?? Number.POSITIVE_INFINITY) };
}

function intervalsOfBoot(
  { node, thing, watchedFromMs }: NodeEvidence,
  entries: readonly JournalEntry[],
  ranBefore: boolean,
  end: Instant,
): readonly RunInterval[] {
  const intervals: RunInterval[] = [];
  let from: Instant | undefined = ranBefore ? { earliestMs: watchedFromMs, latestMs: watchedFromMs } : undefined;
  let goneAtMs = entries[0]?.atMs ?? watchedFromMs;
  let startingMs: number | undefined;
  let endingMs: number | undefined;
  for (const entry of entries) {
    switch (thing.markOf(entry)) {
      case 'starting':
        startingMs ??= entry.atMs;
        break;
      case 'started':
        from ??= {
          earliestMs: startingMs ?? (thing.startsAtOnce ? entry.atMs : goneAtMs),
          latestMs: entry.atMs,
        };
        break;
      case 'ending':
        endingMs ??= entry.atMs;
        break;
      case 'ended':
        // A start that failed may have run meanwhile.
        from ??= startingMs === undefined ? undefined : { earliestMs: startingMs, latestMs: entry.atMs };
        if (from !== undefined) {
          intervals.push({ node, from, to: { earliestMs: endingMs ?? entry.atMs, latestMs: entry.atMs } });
        }
        from = undefined;
        goneAtMs = entry.atMs;
        startingMs = undefined;
        endingMs = undefined;
        break;
    }
  }
  from ??= startingMs === undefined ? undefined : { earliestMs: startingMs, latestMs: end.latestMs };
  if (from !== undefined) intervals.push({ node, from, to: { ...end, earliestMs: endingMs ?? end.earliestMs } });
  return intervals;
}
