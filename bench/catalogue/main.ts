/**
 * Drills of a running site, one after the other, with the computed budget beside what was measured:
 * `node bench/catalogue/main.ts SITE --results FILE.jsonl`. `--fault NAME` (all that the site allows; may be repeated), `--repeat N` (1).
 * Every drill is written to the file at once; an existing file is gone on with.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../../packages/holdfast/src/core/index.ts';
import { drill, faultNames, openDrillEnvironment, paceFor } from '../../packages/holdfast/src/drill/index.ts';
import { openHosts } from '../../packages/holdfast/src/hosts/index.ts';
import { readSite } from '../../packages/holdfast/src/site/index.ts';
import { appendRecord, type CatalogueRecord, readRecords } from './records.ts';
import { figuresOf, renderMarkdown } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fault: { type: 'string', multiple: true },
    repeat: { type: 'string', default: '1' },
    results: { type: 'string' },
  },
});
const [siteFile] = positionals;
const { results } = values;
if (siteFile === undefined || results === undefined) throw new Error('usage: main.ts SITE --results FILE.jsonl');
const faults = faultNames.filter((name) => values.fault?.includes(name) ?? true);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new Error('interrupted')));
}

const site = await readSite(siteFile);
const hosts = openHosts(site);
const environment = openDrillEnvironment(site, hosts, systemClock);
const pace = paceFor(site);
try {
  for (let round = 1; round <= Number(values.repeat); round += 1) {
    for (const fault of faults) {
      if (interruption.signal.aborted) break;
      if (readRecords(results).some((each) => each.round === round && each.fault === fault)) continue;
      const record = await runOnce(round, fault);
      if (interruption.signal.aborted) break;
      appendRecord(results, record);
      console.log(describe(record));
    }
  }
} finally {
  await hosts.close();
}
const computer = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
const figures = figuresOf(readRecords(results), faults);
const table = renderMarkdown(figures);
const base = results.replace(/\.jsonl$/, '');
const about = {
  computer,
  machines: environment.machines,
  tokenMs: site.timing.tokenMs,
  slowness: site.timing.slowness,
};
writeFileSync(`${base}.json`, `${JSON.stringify({ ...about, faults: figures }, null, 2)}\n`);
console.log(`\n${table}\n\nWritten: ${base}.json`);

async function runOnce(round: number, fault: (typeof faults)[number]): Promise<CatalogueRecord> {
  const record = { round, fault };
  const options = { faults: [fault], leaveOut: true, repeat: 1, pace };
  let leftOut = 'the drill ended without a result';
  try {
    for await (const event of drill(site, options, environment, interruption.signal)) {
      if (event.kind === 'report') leftOut = event.report.leftOut[0]?.because ?? leftOut;
      if (event.kind !== 'drill-finished') continue;
      const { timeline: _, ...result } = event.result;
      return { ...record, result };
    }
    return { ...record, leftOut };
  } catch (error) {
    return { ...record, error: error instanceof Error ? error.message : String(error) };
  }
}

function describe({ round, fault, result, leftOut, error }: CatalogueRecord): string {
  if (result === undefined)
    return `${fault} ${round}: ${error === undefined ? `left out: ${leftOut}` : `not done: ${error}`}`;
  const rto = result.rtoSeconds === null ? 'no RTO' : `${result.rtoSeconds.toFixed(2)} s`;
  const active = result.twoActive === true ? ', TWO ACTIVE' : '';
  return `${fault} ${round}: ${rto}, ${result.acknowledged} acknowledged, ${result.lost ?? '?'} lost${active}, ${[result.outcome, ...result.reasons].join(': ')}`;
}
