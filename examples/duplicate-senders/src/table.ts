import type { Counts } from './counter.ts';
import type { ReceiverStatus } from './receiver-status.ts';

export interface Shown {
  readonly seconds: number;
  readonly happening: string;
  readonly readings: number;
  readonly running: Readonly<Record<string, boolean>>;
  readonly receiver: ReceiverStatus | undefined;
  readonly counts: Counts;
}

/** The picture of one moment; always the same number of lines. */
export function table({ seconds, happening, readings, running, receiver, counts }: Shown): string {
  const rows = Object.entries(running).map(([name, runs]) => {
    const source = receiver?.sources.find((each) => each.source === name);
    return [
      `sender ${name}`,
      runs ? 'running' : 'KILLED',
      number(source?.received),
      number(source?.first),
      number(source === undefined ? undefined : source.received - source.first),
      source === undefined ? '–' : `${source.lagP50Ms.toFixed(1)} ms`,
    ];
  });
  const heading = ['', '', 'sent', 'came first', 'dropped', 'lag p50'];
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
