import type { Counts } from './counter.ts';
import type { ReceiverStatus } from './receiver-status.ts';

export interface Shown {
  readonly seconds: number;
  readonly happening: string;
  readonly readings: number;
  readonly senders: readonly { readonly name: string; readonly running: boolean; readonly behind: number }[];
  readonly receiver: ReceiverStatus | undefined;
  readonly counts: Counts;
}

/** The picture of one moment; always the same number of lines. */
export function table({ seconds, happening, readings, senders, receiver, counts }: Shown): string {
  const rows = senders.map(({ name, running, behind }) => {
    const source = receiver?.sources.find((each) => each.source === name);
    return [
      `sender ${name}`,
      running ? 'running' : 'KILLED',
      number(behind),
      number(source?.received),
      number(source?.first),
      number(source === undefined ? undefined : source.received - source.first),
      source === undefined ? '–' : `${source.lagP50Ms.toFixed(1)} ms`,
    ];
  });
  const heading = ['', '', 'behind', 'sent', 'came first', 'dropped', 'lag p50'];
  const { once, twice, outOfOrder, longestSilenceMs } = counts;
  return [
    `${seconds.toFixed(0).padStart(3)} s  ${happening}`,
    ...[heading, ...rows].map(
      (row) => `  ${row.map((cell, index) => (index < 2 ? cell.padEnd(9) : cell.padStart(11))).join('')}`,
    ),
    `  machine: ${readings} readings   consumer: ${once} delivered, twice ${twice}, out of order ${outOfOrder}, longest silence ${longestSilenceMs.toFixed(0)} ms`,
  ].join('\n');
}

function number(value: number | undefined): string {
  return value === undefined ? '–' : String(value);
}
