import { z } from 'zod';
import { HoldfastError, shellQuote } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';
import type { ClockOffset } from './clock-offset.ts';

/** One line of a machine's journal, its time already in the drill's clock. */
export interface JournalEntry {
  readonly host: string;
  readonly atMs: number;
  readonly bootId: string;
  /** SYSLOG_IDENTIFIER, such as `corosync` or `pacemaker-controld`; empty where there is none. */
  readonly identifier: string;
  readonly message: string;
  /** What systemd's message is about, by its catalogue. */
  readonly messageId?: string;
  /** The unit that systemd's own message is about. */
  readonly unit?: string;
}

const fields = 'MESSAGE,MESSAGE_ID,UNIT,SYSLOG_IDENTIFIER,_SOURCE_REALTIME_TIMESTAMP';

/** A message that is not text, or is too long, comes as bytes or null. Source: systemd, docs/JOURNAL_EXPORT_FORMATS.md. */
const entrySchema = z.object({
  __REALTIME_TIMESTAMP: z.string(),
  __MONOTONIC_TIMESTAMP: z.string(),
  _SOURCE_REALTIME_TIMESTAMP: z.string().optional(),
  _BOOT_ID: z.string(),
  MESSAGE: z.unknown().optional(),
  MESSAGE_ID: z.string().optional(),
  UNIT: z.string().optional(),
  SYSLOG_IDENTIFIER: z.unknown().optional(),
});

/**
 * Everything in a machine's journal since `sinceMs` (drill's clock), in one round trip, boots before the last one included.
 * Throws HoldfastError when the machine cannot be reached or has no journal to read.
 */
export async function readJournal(host: Host, sinceMs: number, offset: ClockOffset): Promise<readonly JournalEntry[]> {
  const sinceSeconds = Math.floor((sinceMs + offset.aheadMs) / 1000);
  const script = `exec journalctl --quiet --no-pager --output=json --output-fields=${fields} --since=@${sinceSeconds}`;
  const { exitCode, stdout, stderr } = await host.run(script, { timeoutMs: 30_000 });
  if (exitCode !== 0) throw unreadable(host.name, stderr);
  return parseJournal(host.name, stdout, offset).filter(({ atMs }) => atMs >= sinceMs);
}

/**
 * Leaves a line in the machine's journal and has it written to disk, so that the journal is known to reach back to this
 * moment even when nothing else happens there before the power goes. Gives the boot in which that was.
 */
export async function markJournal(host: Host, text: string): Promise<string> {
  const script = `logger --tag holdfast-drill ${shellQuote(text)} && journalctl --sync
cat /proc/sys/kernel/random/boot_id`;
  const { exitCode, stdout, stderr } = await host.run(script, { timeoutMs: 20_000 });
  if (exitCode !== 0) throw unreadable(host.name, stderr);
  // The journal writes boot ids without dashes.
  return stdout.trim().replaceAll('-', '');
}

/** What was kept of a journal, and what was found of it later: the former reaches further into its boot where that was lost. */
export function joinJournals(kept: readonly JournalEntry[], found: readonly JournalEntry[]): readonly JournalEntry[] {
  const lastKeptMs = kept.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  return [...kept, ...found.filter(({ atMs }) => atMs > lastKeptMs)];
}

/** Reads what `journalctl --output=json` printed, oldest entry first. */
export function parseJournal(host: string, text: string, offset: ClockOffset): readonly JournalEntry[] {
  const entries = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => entrySchema.parse(JSON.parse(line)));
  const bootedAtUs = bootTimes(entries);
  return entries.map((entry) => entryOf(host, entry, offset, bootedAtUs)).sort((a, b) => a.atMs - b.atMs);
}

type Printed = z.infer<typeof entrySchema>;

/**
 * When each boot began, in microseconds of the machine's wall clock. Within a boot the times are counted from there by the monotonic
 * clock: a wall clock that is set meanwhile moves nothing. The boot in which the watch began has the clock that it had then, before
 * the fault, which may be to set it. A later one has the clock that it has in the end: many a machine boots with a time of its
 * own and is told the right one only then.
 */
function bootTimes(entries: readonly Printed[]): ReadonlyMap<string, number> {
  const [first] = entries;
  const known = new Map<string, Printed>();
  for (const entry of entries) {
    const other = known.get(entry._BOOT_ID);
    const isEarlier = other !== undefined && monotonicUs(entry) < monotonicUs(other);
    if (other === undefined || isEarlier === (entry._BOOT_ID === first?._BOOT_ID)) known.set(entry._BOOT_ID, entry);
  }
  return new Map([...known].map(([boot, entry]) => [boot, realtimeUs(entry) - monotonicUs(entry)]));
}

function entryOf(
  host: string,
  entry: Printed,
  offset: ClockOffset,
  bootedAtUs: ReadonlyMap<string, number>,
): JournalEntry {
  const receivedUs = (bootedAtUs.get(entry._BOOT_ID) ?? 0) + monotonicUs(entry);
  return {
    host,
    atMs: (receivedUs - underWayUs(entry)) / 1000 - offset.aheadMs,
    bootId: entry._BOOT_ID,
    identifier: typeof entry.SYSLOG_IDENTIFIER === 'string' ? entry.SYSLOG_IDENTIFIER : '',
    message: typeof entry.MESSAGE === 'string' ? entry.MESSAGE : '',
    ...(entry.MESSAGE_ID !== undefined && { messageId: entry.MESSAGE_ID }),
    ...(entry.UNIT !== undefined && { unit: entry.UNIT }),
  };
}

const longestUnderWayUs = 60_000_000;

/**
 * How long an entry was on its way from its sender to the journal, where the kernel kept the sender's own time. Both are of the wall
 * clock: a difference that cannot be is a clock that was set in between.
 */
function underWayUs(entry: Printed): number {
  const us = realtimeUs(entry) - Number(entry._SOURCE_REALTIME_TIMESTAMP ?? entry.__REALTIME_TIMESTAMP);
  return us >= 0 && us <= longestUnderWayUs ? us : 0;
}

function realtimeUs(entry: Printed): number {
  return Number(entry.__REALTIME_TIMESTAMP);
}

function monotonicUs(entry: Printed): number {
  return Number(entry.__MONOTONIC_TIMESTAMP);
}

function unreadable(host: string, printed: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-JOURNAL',
    message: `The journal of ${host} cannot be read: ${printed.trim().split('\n').at(-1) ?? ''}.`,
    remedy:
      'Keep the journal on disk (Storage=persistent in journald.conf): what happened before a power cut is read there.',
    source: 'site',
  });
}
