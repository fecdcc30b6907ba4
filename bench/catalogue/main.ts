/**
 * Drills one after the other, with the computed budget beside what was measured: `npm run bench:catalogue -- --results FILE.jsonl`.
 * `--machines containers|vm` (a lab of its own on this computer, set up and taken away; containers), or the site file of a site that runs
 * already in place of it. `--fault NAME` (all that the site allows; may be repeated), `--repeat N` (1).
 * Every drill is written to the file at once; an existing file is gone on with. Exit code 1 when one of the file's did not pass.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type ProgressSink, systemClock } from '../../packages/holdfast/src/core/index.ts';
import { drill, faultNames, openDrillEnvironment, paceFor } from '../../packages/holdfast/src/drill/index.ts';
import { openHosts } from '../../packages/holdfast/src/hosts/index.ts';
import { readSite } from '../../packages/holdfast/src/site/index.ts';
import type { Configuration } from '../failover/configuration.ts';
import { setUpHoldfast } from '../failover/holdfast-configuration.ts';
import { appendRecord, readRecords } from '../failover/results.ts';
import { type CatalogueRecord, isDone } from './record.ts';
import { figuresOf, renderMarkdown } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    machines: { type: 'string', default: 'containers' },
    fault: { type: 'string', multiple: true },
    repeat: { type: 'string', default: '1' },
    results: { type: 'string' },
  },
});
const results = values.results ?? 'bench/results/catalogue.jsonl';
const faults = faultNames.filter((name) => values.fault?.includes(name) ?? true);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new Error('interrupted')));
}

const progress: ProgressSink = (event) => {
  if (event.kind === 'task-failed') console.error(`  ${event.id}: ${event.message}`);
};
const [siteFile] = positionals;
console.log(`Every drill is written to ${results} at once.`);
const { site, environment, pace, close } =
  siteFile === undefined
    ? await setUpHoldfast(progress, values.machines === 'vm' ? 'vm' : 'containers')
    : await running(siteFile);
try {
  for (let round = 1; round <= Number(values.repeat); round += 1) {
    for (const fault of faults) {
      if (interruption.signal.aborted) break;
      if (isDone(readRecords<CatalogueRecord>(results), round, fault)) continue;
      const record = await runOnce(round, fault);
      if (interruption.signal.aborted) break;
      appendRecord(results, record);
      console.log(describe(record));
    }
  }
} finally {
  await close();
}
const computer = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
// Of the configuration as it is now: an older record may have been computed otherwise.
const figures = figuresOf(readRecords<CatalogueRecord>(results), faults, environment.budgetSeconds);
const table = renderMarkdown(figures);
const base = results.replace(/\.jsonl$/, '');
const about = {
  computer,
  machines: environment.machines,
  tokenMs: site.timing.tokenMs,
  slowness: site.timing.slowness,
  objectiveSeconds: site.objectives.rtoMs / 1000,
};
// A drill that was left out is none that failed; one that could not be done is.
const isSound = ({ passed, runs, notDone }: (typeof figures)[number]) => passed === runs && notDone.length === 0;
if (interruption.signal.aborted || !figures.every(isSound)) process.exitCode = 1;
writeFileSync(`${base}.json`, `${JSON.stringify({ ...about, faults: figures }, null, 2)}\n`);
console.log(`\n${table}\n\nWritten: ${base}.json`);

async function running(file: string): Promise<Omit<Configuration, 'name' | 'recover'>> {
  const site = await readSite(file);
  const hosts = openHosts(site);
  const environment = openDrillEnvironment(site, hosts, systemClock);
  return { site, environment, pace: paceFor(site), close: () => hosts.close() };
}

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
