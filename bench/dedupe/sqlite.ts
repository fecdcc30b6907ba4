import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { dedupe } from '../../packages/dedupe/src/index.ts';
import { sqliteStore } from '../../packages/dedupe/src/stores/sqlite.ts';
import { asNumber } from './arguments.ts';
import { firsts, messages } from './messages.ts';
import { grouped, printTargets, rateTarget } from './targets.ts';

/**
 * Deduping in SQLite, by batches: node bench/dedupe/sqlite.ts [--window 1000000] [--batch 10000] [--directory /var/tmp]
 * [--results FILE]; about a minute. The window is filled, then the time of as many messages as the window holds is taken, each of which
 * comes twice: marks and, in the transactional mode, a row of the consumer's for each first copy. Prints which targets are met.
 */
const { values } = parseArgs({
  options: {
    window: { type: 'string', default: '1000000' },
    batch: { type: 'string', default: '10000' },
    directory: { type: 'string', default: tmpdir() },
    results: { type: 'string' },
  },
});
const window = asNumber('--window', values.window);
const batch = asNumber('--batch', values.batch);

interface Mode {
  readonly name: string;
  open(path: string): Promise<(batch: readonly string[]) => unknown>;
}

const modes: readonly Mode[] = [
  { name: 'mark-after', open: openMarkAfter },
  { name: 'transactional, synchronous NORMAL', open: (path) => openTransactional(path, 'NORMAL') },
  { name: 'transactional, synchronous FULL', open: (path) => openTransactional(path, 'FULL') },
];

const results = [];
for (const mode of modes) {
  const { messagesPerSecond, cpuNanoseconds } = await measure(mode);
  results.push({ mode: mode.name, messagesPerSecond, cpuNanoseconds });
  console.log(
    `${mode.name.padEnd(36)}${grouped(messagesPerSecond).padStart(10)} messages/s, ${cpuNanoseconds.toFixed(0)} ns of processor time each`,
  );
}
const targets = results.flatMap((each) => rateTarget(each.mode, 200_000, each));
printTargets(targets);
if (values.results !== undefined) {
  writeFileSync(
    values.results,
    `${JSON.stringify({ window, batch, node: process.version, targets, results }, undefined, 2)}\n`,
  );
}

async function measure({ open }: Mode) {
  const directory = mkdtempSync(join(values.directory, 'dedupe-bench-'));
  try {
    const take = await open(join(directory, 'bench.db'));
    let takenMs = 0;
    let cpuMs = 0;
    let count = 0;
    for (let from = 0; from < window; from += batch) await take(firsts('text', from, from + batch));
    for (let from = window; from < 1.5 * window; from += batch / 2) {
      const chunk = messages('text', from, from + batch / 2);
      const startMs = performance.now();
      const cpu = process.cpuUsage();
      await take(chunk);
      const { user, system } = process.cpuUsage(cpu);
      cpuMs += (user + system) / 1000;
      takenMs += performance.now() - startMs;
      count += chunk.length;
    }
    return { messagesPerSecond: count / (takenMs / 1000), cpuNanoseconds: (cpuMs * 1e6) / count };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function openMarkAfter(path: string) {
  const unique = await dedupe<string>({ ...options(), store: sqliteStore({ path }) });
  return (batch: readonly string[]) => unique.handleAll(batch, () => undefined);
}

async function openTransactional(path: string, synchronous: 'NORMAL' | 'FULL') {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = -65536`);
  database.exec('CREATE TABLE readings (text TEXT)');
  const insert = database.prepare('INSERT INTO readings VALUES (?)');
  const unique = await dedupe<string>({ ...options(), store: sqliteStore({ database }) });
  return (batch: readonly string[]) =>
    unique.commit(batch, (first) => {
      for (const text of first) insert.run(text);
    });
}

function options() {
  return { key: (message: string) => message, window: { ms: 3_600_000, count: window } };
}
