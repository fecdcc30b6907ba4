import type { JournalEntry } from './evidence/index.ts';

/**
 * When the last of these machines had Corosync running after a fault that took all of them down; undefined: not every journal says.
 * Source: corosync, exec/main.c, which logs it when it has read its configuration.
 */
export function lastBootMs(
  journals: ReadonlyMap<string, readonly JournalEntry[]>,
  members: readonly string[],
  faultAtMs: number,
): number | undefined {
  const starts = members.map(
    (name) => journals.get(name)?.find((entry) => entry.atMs > faultAtMs && isStart(entry))?.atMs,
  );
  return starts.every((atMs) => atMs !== undefined) ? Math.max(...starts) : undefined;
}

function isStart({ identifier, message }: JournalEntry): boolean {
  return identifier === 'corosync' && /Corosync Cluster Engine .*starting up/.test(message);
}
