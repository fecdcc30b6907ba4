/**
 * Elections over etcd side by side: `npm run bench:election`. `--repeat N` (100; slow contenders get fewer), `--seconds N` (20) for the
 * steady state, `--only process-death|host-cut|steady-state`, `--results FILE` (JSON).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { missing } from '../../packages/election/src/conformance/servers.ts';
import { type Contender, clientGoModel, etcd3Election, holdfastElect, roundsOf } from './contender.ts';
import { hostCut } from './host-cut.ts';
import { startMembers } from './members.ts';
import { makeNetwork } from './network.ts';
import { percentile } from './percentiles.ts';
import { processDeath } from './process-death.ts';
import { steadyState } from './steady-state.ts';
import { markdownTable } from './table.ts';

const { values } = parseArgs({
  options: {
    repeat: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    only: { type: 'string' },
    results: { type: 'string' },
  },
});
const repeat = Number(values.repeat);
const seconds = Number(values.seconds);
const MEASURES = ['process-death', 'host-cut', 'steady-state'];
if (!(repeat >= 1 && seconds > 0) || (values.only !== undefined && !MEASURES.includes(values.only))) {
  console.error(`--repeat and --seconds take numbers, --only one of ${MEASURES.join(', ')}`);
  process.exit(64);
}
const wanted = (name: string) => values.only === undefined || values.only === name;
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort());
const { signal } = interruption;

/** One line of a table, and what it was computed from. */
interface Result {
  readonly measure: string;
  readonly contender: string;
  readonly settings: string;
  readonly cells: readonly string[];
  readonly values: unknown;
}
const results: Result[] = [];

/** What a reader must know to judge the figures. */
const FOOTNOTES = `Process death: SIGKILL to the next leader's work beginning. With holdfast-elect the work is a command, and holdfast-elect
releases the lease when it dies; a library dies with its work, so that the lease has to run out, and holdfast-elect's does when it is
killed too. Host cut off: the switch's port of the leader's host goes dark, to the next leader's work beginning; "least gap" is the
shortest time from the end of the old leader's work to that, and below 0 both worked at once. etcd makes at least 1.5 of its
election timeouts of etcd3's ttl, in whole seconds (2 s for one member, 1 s for the three, whose timeout is 100 ms).
The model of client-go is no client-go: see bench/election/client-go-candidate.ts for what it is and why.
Requests are those that etcd received; the leader's alone, then what a standby adds.`;

const absent = missing('etcd');
if (absent !== undefined) {
  console.error(absent);
  process.exit(69);
}
try {
  if (wanted('process-death')) await processDeaths();
  if (wanted('host-cut')) await hostCuts();
  if (wanted('steady-state')) await steadyStates();
} catch (error) {
  if (!signal.aborted) throw error;
  console.error('interrupted');
  process.exitCode = 130;
}
if (results.length > 0) show();

async function processDeaths(): Promise<void> {
  const measure = 'process death';
  await measured(measure, 'the work is killed', holdfastElect(5000), (contender, rounds) =>
    processDeath(contender, 'work', rounds, signal).then(describe),
  );
  for (const contender of [holdfastElect(500), etcd3Election(1), clientGoModel]) {
    await measured(measure, 'whoever holds the lease is killed', contender, (each, rounds) =>
      processDeath(each, 'candidate', rounds, signal).then(describe),
    );
  }
}

async function hostCuts(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    console.log('host cut off: left out, since network namespaces need root on Linux');
    return;
  }
  const network = makeNetwork(3);
  try {
    const members = await startMembers(network.hosts);
    try {
      for (const contender of [holdfastElect(500), etcd3Election(1, 'own'), clientGoModel, etcd3Election(1)]) {
        await measured('host cut off', 'three etcd members', contender, async (each, rounds) => {
          const cuts = await hostCut(each, network.hosts, members, rounds, signal);
          const least = Math.min(...cuts.map(({ gapMs }) => gapMs));
          // The promise of this package; of the others it is only reported.
          if (each.name === 'holdfast-elect' && !(least > 0)) throw new Error(`two commands ran at once: ${least} ms`);
          const { cells } = describe(cuts.map(({ takeoverMs }) => takeoverMs));
          return { cells: [...cells, `${least.toFixed(0)} ms`], values: cuts };
        });
      }
    } finally {
      await members.stop();
    }
  } finally {
    network.remove();
  }
}

async function steadyStates(): Promise<void> {
  const contenders = [
    holdfastElect(500),
    holdfastElect(2000),
    holdfastElect(10_000),
    etcd3Election(1),
    etcd3Election(60),
  ];
  for (const contender of [...contenders, clientGoModel]) {
    await measured('steady state', `${seconds} s`, contender, async (each) => {
      const cost = await steadyState(each, seconds, signal);
      const cells = [cost.leader, cost.standby].flatMap((one) => [
        one.requestsPerSecond.toFixed(2),
        `${one.cpuPercent.toFixed(2)} %`,
        `${one.residentMiB.toFixed(0)} MiB`,
      ]);
      return { cells, values: cost };
    });
  }
}

async function measured(
  measure: string,
  how: string,
  contender: Contender,
  run: (contender: Contender, rounds: number) => Promise<Pick<Result, 'cells' | 'values'>>,
): Promise<void> {
  const { name, settings } = contender;
  const result = await run(contender, roundsOf(contender, repeat)).catch((error: unknown) => {
    if (signal.aborted || name === 'holdfast-elect') throw error;
    // A peer that does not come back is a result too.
    return { cells: [error instanceof Error ? error.message : String(error)], values: undefined };
  });
  results.push({ measure, contender: name, settings: `${how}; ${settings}`, ...result });
  console.log(`${measure}, ${how}: ${name}, ${settings}: ${result.cells.join(' | ')}`);
}

function describe(valuesMs: readonly number[]): Pick<Result, 'cells' | 'values'> {
  const ms = (p: number) => `${percentile(valuesMs, p).toFixed(0)} ms`;
  return { cells: [String(valuesMs.length), ms(50), ms(99), ms(100)], values: valuesMs };
}

function show(): void {
  const heads = {
    'process death': ['rounds', 'p50', 'p99', 'max'],
    'host cut off': ['rounds', 'p50', 'p99', 'max', 'least gap'],
    'steady state': ['leader requests/s', 'CPU', 'memory', 'standby requests/s', 'CPU', 'memory'],
  };
  const computer = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  for (const [measure, head] of Object.entries(heads)) {
    const rows = results.filter((each) => each.measure === measure);
    if (rows.length === 0) continue;
    const lines = rows.map(({ contender, settings, cells }) => [contender, settings, ...cells]);
    console.log(`\n${markdownTable([measure, 'settings', ...head], lines)}`);
  }
  console.log(`\n${FOOTNOTES}\n\nMeasured on ${computer}.`);
  if (values.results === undefined) return;
  mkdirSync(dirname(values.results), { recursive: true });
  writeFileSync(values.results, `${JSON.stringify({ computer, results }, null, 2)}\n`);
  console.log(`Written: ${values.results}`);
}
