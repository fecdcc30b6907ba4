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

/** Reads what `journalctl --output=json` printed, oldest entry first. */
export function parseJournal(host: string, text: string, offset: ClockOffset): readonly JournalEntry[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => parseEntry(host, line, offset))
    .sort((a, b) => a.atMs - b.atMs);
}

function parseEntry(host: string, line: string, offset: ClockOffset): JournalEntry {
  const entry = entrySchema.parse(JSON.parse(line));
  // The sender's own time where the kernel kept it: the journal may take an entry some milliseconds later.
  const microseconds = Number(entry._SOURCE_REALTIME_TIMESTAMP ?? entry.__REALTIME_TIMESTAMP);
  return {
    host,
    atMs: microseconds / 1000 - offset.aheadMs,
    bootId: entry._BOOT_ID,
    identifier: typeof entry.SYSLOG_IDENTIFIER === 'string' ? entry.SYSLOG_IDENTIFIER : '',
    message: typeof entry.MESSAGE === 'string' ? entry.MESSAGE : '',
    ...(entry.MESSAGE_ID !== undefined && { messageId: entry.MESSAGE_ID }),
    ...(entry.UNIT !== undefined && { unit: entry.UNIT }),
  };
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
