import type { JournalEntry } from './journal.ts';

/**
 * A time in which the workload ran on a node. Each end is known only between two instants: between them it may have run,
 * inside them it certainly did. All in the drill's clock.
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
  readonly unit: string;
  /** Whether the unit ran when the watch began, and in which boot that was. */
  readonly ranAtStart: boolean;
  readonly bootIdAtStart: string;
  readonly watchedFromMs: number;
  readonly watchedUntilMs: number;
  /** When the machine was known to be without power: its power was cut or its fencing was confirmed. */
  readonly powerOffAtMs: readonly number[];
}

/** systemd's catalogue of messages about a unit. Source: systemd, src/systemd/sd-messages.h. */
export const messageIds = {
  starting: '7d4958e842da4a758f6c1cdc7b36dcc5',
  started: '39f53479d3a045ac8e11786248231fbf',
  stopping: 'de5b426a63be47a7b6ac3eaac82e2f6f',
  stopped: '9d1aaa27d60140bd96365438aad20286',
  startFailed: 'be02cf6855d2428ba40df7e9d022f03d',
  processExited: '98e322203f7a4ed290d09fe03c09fe15',
  ended: '7ad2d189f7e94e70a38c781354912448',
  endedFailed: 'd9b373ed55a64feb8242e02dbe79a49c',
} as const;

/**
 * When the workload ran on a node, from its own journal. Undefined: the journal does not reach back to the start of the
 * watch or ends in a boot nobody knows the end of, so nobody can say.
 *
 * A boot that ends without a word (power cut, fencing) ends the workload with it: not before the boot's last entry, and not
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
  { node, unit, watchedFromMs }: NodeEvidence,
  entries: readonly JournalEntry[],
  ranBefore: boolean,
  end: Instant,
): readonly RunInterval[] {
  const intervals: RunInterval[] = [];
  let from: Instant | undefined = ranBefore ? { earliestMs: watchedFromMs, latestMs: watchedFromMs } : undefined;
  let startingMs: number | undefined;
  let endingMs: number | undefined;
  for (const entry of entries) {
    if (entry.unit !== unit) continue;
    switch (entry.messageId) {
      case messageIds.starting:
        startingMs = entry.atMs;
        break;
      case messageIds.started:
        from ??= { earliestMs: startingMs ?? entry.atMs, latestMs: entry.atMs };
        break;
      case messageIds.stopping:
      case messageIds.processExited:
        endingMs ??= entry.atMs;
        break;
      case messageIds.stopped:
      case messageIds.startFailed:
      case messageIds.ended:
      case messageIds.endedFailed:
        // A start that failed may have run meanwhile.
        from ??= startingMs === undefined ? undefined : { earliestMs: startingMs, latestMs: entry.atMs };
        if (from !== undefined) {
          intervals.push({ node, from, to: { earliestMs: endingMs ?? entry.atMs, latestMs: entry.atMs } });
        }
        from = undefined;
        startingMs = undefined;
        endingMs = undefined;
        break;
    }
  }
  from ??= startingMs === undefined ? undefined : { earliestMs: startingMs, latestMs: end.latestMs };
  if (from !== undefined) intervals.push({ node, from, to: { ...end, earliestMs: endingMs ?? end.earliestMs } });
  return intervals;
}
