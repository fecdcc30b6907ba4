import type { Record, Takeover } from './record.ts';
import type { Screen } from './screen.ts';

/** One thing that was done to the leader, what came of it, and how long it may take. */
export interface Deed extends Takeover {
  readonly what: string;
  readonly limitMs: number;
}

/**
 * Shows the counts, and gives what was not as promised, in words.
 *
 * @param strokes the press's own counter at the end
 */
export function summarise(record: Record, strokes: number, deeds: readonly Deed[], screen: Screen): readonly string[] {
  const made = strokes - record.firstStroke + 1;
  const unasked = record.takeovers.length - deeds.length;
  screen.text('');
  for (const line of table(deeds)) screen.text(`  ${line}`);
  screen.text('');
  screen.text(`  strokes of the press             ${made}`);
  screen.text(`  published and accepted           ${record.accepted}`);
  screen.text(`  missed while nobody led          ${record.missed}`);
  screen.text(`  refused, with an old token       ${record.refused.length}`);
  screen.text(`  accepted twice or out of order   ${record.mistakes.length}`);
  if (unasked > 0)
    screen.text(`  changes of leader by themselves  ${unasked}: this computer was too slow for the lease`);
  screen.text('');
  const late = deeds
    .filter(({ silentMs, limitMs }) => silentMs > limitMs)
    .map(({ what, silentMs, limitMs }) => `${what}: ${silentMs.toFixed(0)} ms without a message; at most ${limitMs}`);
  const sum = made === record.accepted + record.missed ? [] : ['accepted and missed do not add up to the strokes'];
  return [...late, ...sum, ...record.mistakes];
}

function table(deeds: readonly Deed[]): readonly string[] {
  const rows = deeds.map(({ what, from, to, silentMs, missed }) => {
    return [what, `${from} → ${to}`, `${silentMs.toFixed(0)} ms`, String(missed)];
  });
  const lines = [['what happened', 'leader', 'no message for', 'missed'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
