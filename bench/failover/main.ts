/**
 * Every fault on Holdfast's configuration and on the baseline, in turns on the same computer: `npm run bench:failover`.
 * `--repeat N` (10), `--fault NAME` (all; may be repeated), `--only holdfast|baseline`, `--machines containers|vm`, `--results FILE` (a
 * new one; an existing one is gone on with). Virtual machines have DRBD; emulated ones are one configuration at a time (`--only`).
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { ProgressSink } from '../../packages/holdfast/src/core/index.ts';
import { drill, type FaultName, usualPace } from '../../packages/holdfast/src/drill/index.ts';
import { setUpBaseline } from './baseline-configuration.ts';
import type { Configuration } from './configuration.ts';
import { setUpHoldfast } from './holdfast-configuration.ts';
import { appendRecord, type BenchRecord, readRecords } from './results.ts';
import { compare, renderMarkdown } from './summary.ts';

const { values } = parseArgs({
  options: {
    repeat: { type: 'string', default: '10' },
    fault: { type: 'string', multiple: true },
    only: { type: 'string' },
    machines: { type: 'string', default: 'containers' },
    results: { type: 'string' },
  },
});
const repeat = Number(values.repeat);
/** Those that both configurations can be measured with. */
const comparedFaults = [
  'process-crash',
  'process-hang',
  'planned-move',
  'power-cut',
  'network-cut',
] as const satisfies readonly FaultName[];
const faults = comparedFaults.filter((name) => values.fault?.includes(name) ?? true);
const stamp = new Date().toISOString().slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-');
const file = values.results ?? `bench/results/failover-${stamp}.jsonl`;
const machines = values.machines === 'vm' ? 'vm' : 'containers';
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new Error('interrupted')));
}

const progress: ProgressSink = (event) => {
  if (event.kind === 'task-failed') console.error(`  ${event.id}: ${event.message}`);
};

/** How long a drill waits for service to come back. */
function watchedSeconds(): number {
  return Math.max(usualPace.outageLimitMs, ...configurations.map(({ pace }) => pace.outageLimitMs)) / 1000;
}

/** What a reader must know to judge the figures. */
const footnotes =
  () => `RTO: from the instant of the fault to the first acknowledged write that a new incarnation of the ledger answered.
"> ${watchedSeconds()} s": it did not come back while the drill watched; then the drill healed the fault.

The baseline is given what the tutorial lacks so that it can be measured: a virtual address (IPaddr2), and in containers the lab's
shared disk in place of DRBD. Both nodes of a container lab share one kernel, and so its locks and its page cache: after a network cut the
baseline's second ledger finds the database locked by the first, where two real machines would both write. That two were
active is seen from the nodes' own journals and processes.`;

const configurations: Configuration[] = [];
try {
  console.log(`Setting up; every drill is written to ${file} at once.`);
  if (values.only !== 'baseline') configurations.push(await setUpHoldfast(progress, machines));
  if (values.only !== 'holdfast') configurations.push(await setUpBaseline(progress, machines));
  await runRounds();
} finally {
  await Promise.all(configurations.map((configuration) => configuration.close()));
}
summarise();

async function runRounds(): Promise<void> {
  const done = new Set(readRecords(file).map(nameOf));
  for (let round = 1; round <= repeat; round += 1) {
    for (const fault of faults) {
      for (const configuration of configurations) {
        if (interruption.signal.aborted) return;
        if (done.has(nameOf({ configuration: configuration.name, round, fault }))) continue;
        const record = await runOnce(configuration, fault, round);
        if (interruption.signal.aborted) return;
        appendRecord(file, record);
        console.log(describe(record));
        if (isBroken(record)) await configuration.recover();
      }
    }
  }
}

async function runOnce(configuration: Configuration, fault: FaultName, round: number): Promise<BenchRecord> {
  const { site, environment, pace, name } = configuration;
  const record = { configuration: name, round, fault };
  try {
    for await (const event of drill(
      site,
      { faults: [fault], leaveOut: false, repeat: 1, pace },
      environment,
      interruption.signal,
    )) {
      if (event.kind !== 'drill-finished') continue;
      const { timeline: _, ...result } = event.result;
      return { ...record, result };
    }
    return { ...record, error: 'the drill ended without a result' };
  } catch (error) {
    return { ...record, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Whoever ends a drill without being whole again, or had two writers on one file system, starts the next one anew. */
function isBroken({ configuration, fault, result }: BenchRecord): boolean {
  if (result === undefined) return true;
  if (configuration === 'baseline' && fault === 'network-cut') return true;
  return result.reasons.some((reason) => reason.includes('did not become whole again'));
}

function nameOf({ configuration, round, fault }: Pick<BenchRecord, 'configuration' | 'round' | 'fault'>): string {
  return `${configuration} ${round} ${fault}`;
}

function describe(record: BenchRecord): string {
  const { result } = record;
  if (result === undefined) return `${nameOf(record)}: not done: ${record.error}`;
  const rto =
    result.rtoSeconds === null ? `not back within ${watchedSeconds()} s` : `${result.rtoSeconds.toFixed(2)} s`;
  const two = { true: ', TWO ACTIVE', false: '', null: ', two active unknown' }[`${result.twoActive}`];
  return `${nameOf(record)}: ${rto}, ${result.lost ?? '?'} lost${two}, ${result.outcome}`;
}

function summarise(): void {
  const comparisons = compare(readRecords(file), faults);
  const table = renderMarkdown(comparisons, watchedSeconds());
  const where = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  const base = file.replace(/\.jsonl$/, '');
  writeFileSync(
    `${base}.json`,
    `${JSON.stringify({ computer: where, machines, watchedSeconds: watchedSeconds(), comparisons }, null, 2)}\n`,
  );
  writeFileSync(
    `${base}.md`,
    `Measured on ${where}; both labs side by side, drills in turns.\n\n${table}\n\n${footnotes()}\n`,
  );
  console.log(`\n${table}\n\nWritten: ${base}.json, ${base}.md`);
}
