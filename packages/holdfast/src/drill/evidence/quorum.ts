import type { JournalEntry } from './journal.ts';
import { messageIds } from './marks.ts';

/**
 * Where a node started the workload while it had no quorum, in words. A node that is cut off loses quorum and goes on until
 * it is fenced or has stopped; that is judged by whether two were active. To start without quorum is always wrong.
 *
 * Source of the messages: corosync, exec/quorum.c, `quorum_api_set_quorum`.
 */
export function startsWithoutQuorum(
  node: string,
  unit: string,
  bootIdAtStart: string,
  entries: readonly JournalEntry[],
): readonly string[] {
  const violations: string[] = [];
  let bootId = bootIdAtStart;
  // A drill begins only when the cluster is whole.
  let quorate = true;
  for (const entry of entries) {
    if (entry.bootId !== bootId) {
      bootId = entry.bootId;
      quorate = false;
    }
    if (entry.identifier === 'corosync') {
      if (entry.message.includes('This node is within the non-primary component')) quorate = false;
      else if (entry.message.includes('This node is within the primary component')) quorate = true;
    }
    if (entry.unit === unit && entry.messageId === messageIds.started && !quorate) {
      violations.push(`${node} started ${unit} without quorum`);
    }
  }
  return violations;
}
