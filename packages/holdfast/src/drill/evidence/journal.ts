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
  __CURSOR: z.string(),
  __REALTIME_TIMESTAMP: z.string(),
  __MONOTONIC_TIMESTAMP: z.string(),
  _SOURCE_REALTIME_TIMESTAMP: z.string().optional(),
  _BOOT_ID: z.string(),
  MESSAGE: z.unknown().optional(),
  MESSAGE_ID: z.string().optional(),
  UNIT: z.string().optional(),
  SYSLOG_IDENTIFIER: z.unknown().optional(),
});

/** The line with which a watch began in a machine's journal. */
export interface JournalMark {
  readonly bootId: string;
  /** The journal's own name for the place. */
  readonly cursor: string;
  /** When that was by the two clocks, in microseconds. */
  readonly realtimeUs: number;
  readonly monotonicUs: number;
  /** Earlier boots of which entries are dated later all the same: their clock had been set ahead. */
  readonly misdatedBoots: readonly string[];
}

/**
 * Everything in a machine's journal from the mark on, in one round trip, boots before the last one included.
 * Throws HoldfastError when the machine cannot be reached or has no journal to read.
 */
export async function readJournal(
  host: Host,
  mark: JournalMark,
  offset: ClockOffset,
): Promise<readonly JournalEntry[]> {
  const script = `exec journalctl ${asJson} --output-fields=${fields} --cursor=${shellQuote(mark.cursor)}`;
  const { exitCode, stdout, stderr } = await host.run(script, { timeoutMs: 30_000 });
  if (exitCode !== 0) throw unreadable(host.name, stderr);
  return parseJournal(host.name, stdout, mark, offset);
}

/**
 * Leaves a line in the machine's journal and has it written to disk, so that the journal is known to reach back to this
 * moment even when nothing else happens there before the power goes.
 */
export async function markJournal(host: Host, text: string): Promise<JournalMark> {
  const script = `logger --tag ${tag} ${shellQuote(text)} && journalctl --sync &&
journalctl ${asJson} --output-fields=SYSLOG_IDENTIFIER --identifier=${tag} --lines=1 &&
{ journalctl ${asJson} --output-fields=SYSLOG_IDENTIFIER --since=+${misdatedFromSeconds}s || :; }`;
  const { exitCode, stdout, stderr } = await host.run(script, { timeoutMs: 30_000 });
  const [entry, ...later] = readEntries(stdout);
  if (exitCode !== 0 || entry === undefined) throw unreadable(host.name, stderr);
  return {
    bootId: entry._BOOT_ID,
    cursor: entry.__CURSOR,
    realtimeUs: realtimeUs(entry),
    monotonicUs: monotonicUs(entry),
    misdatedBoots: [...new Set(later.map(({ _BOOT_ID }) => _BOOT_ID))].filter((boot) => boot !== entry._BOOT_ID),
  };
}

const misdatedFromSeconds = 10;

const asJson = '--quiet --no-pager --output=json';
const tag = 'holdfast-drill';

/** Pacemaker puts its own level in front: ` notice: Result of …`. Source: pacemaker, lib/common/logging.c. */
export function withoutLevel(message: string): string {
  return message.replace(/^\s*(?:error|warning|notice|info): /, '');
}

/** What was kept of a journal, and what was found of it later: the former reaches further into its boot where that was lost. */
export function joinJournals(kept: readonly JournalEntry[], found: readonly JournalEntry[]): readonly JournalEntry[] {
  const lastKeptMs = kept.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  return [...kept, ...found.filter(({ atMs }) => atMs > lastKeptMs)];
}

/** Reads what `journalctl --output=json` printed, oldest entry first. */
export function parseJournal(
  host: string,
  text: string,
  mark: JournalMark,
  offset: ClockOffset,
): readonly JournalEntry[] {
  const entries = readEntries(text).filter((entry) => isSince(mark, entry));
  const bootedAtUs = bootTimes(entries, mark);
  return entries.map((entry) => entryOf(host, entry, offset, bootedAtUs)).sort((a, b) => a.atMs - b.atMs);
}

type Printed = z.infer<typeof entrySchema>;

/** What an earlier drill left of a clock that it had set ahead is dated later than it was. */
function isSince(mark: JournalMark, entry: Printed): boolean {
  if (entry._BOOT_ID === mark.bootId) return monotonicUs(entry) >= mark.monotonicUs;
  return !mark.misdatedBoots.includes(entry._BOOT_ID);
}

function readEntries(text: string): readonly Printed[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => entrySchema.parse(JSON.parse(line)));
}

/**
 * When each boot began, in microseconds of the machine's wall clock. Within a boot the times are counted from there by the monotonic
 * clock: a wall clock that is set meanwhile moves nothing. The boot of the mark has the clock that it had then, before the fault,
 * which may be to set it. A later one has the clock that it has in the end: many a machine boots with a time of its own and is told
 * the right one only then.
 */
function bootTimes(entries: readonly Printed[], mark: JournalMark): ReadonlyMap<string, number> {
  const lasts = new Map<string, Printed>();
  for (const entry of entries) {
    const known = lasts.get(entry._BOOT_ID);
    if (known === undefined || monotonicUs(entry) > monotonicUs(known)) lasts.set(entry._BOOT_ID, entry);
  }
  const booted = new Map([...lasts].map(([boot, last]) => [boot, realtimeUs(last) - monotonicUs(last)]));
  return booted.set(mark.bootId, mark.realtimeUs - mark.monotonicUs);
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
