import { percentile } from '../election/percentiles.ts';
import type { Measured } from './end-to-end-faults.ts';

/** Markdown, so that it can go into the documentation as it is. */
export function renderTable(parts: readonly Measured[]): string {
  return [
    '| part | minutes | readings | delivered | lost | twice | out of order |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...parts.map(
      ({ name, minutes, readings, delivered, lost, twice, outOfOrder }) =>
        `| ${name} | ${minutes} | ${readings} | ${delivered} | ${lost} | ${twice} | ${outOfOrder} |`,
    ),
    '',
    '| part | fault | times | silence p50 | p99 | max | without a fault |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...parts.flatMap(({ name, silencesMs, otherwiseMs }) =>
      Object.entries(silencesMs).map(([kind, values]) => {
        const ms = (p: number) => `${percentile(values, p).toFixed(0)} ms`;
        return `| ${name} | ${kind} | ${values.length} | ${ms(50)} | ${ms(99)} | ${ms(100)} | ${otherwiseMs.toFixed(0)} ms |`;
      }),
    ),
  ].join('\n');
}
