import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { dedupe } from '../dedupe.ts';
import { sqliteStore } from '../stores/sqlite.ts';

/**
 * A consumer that sqlite-kill.test.ts kills: it takes messages from two hosts, one of them a little behind, and writes
 * the first copies to a table. After each batch it says how far it is, as one acknowledges messages to a broker.
 *
 * Arguments: how it marks, its directory, the message to begin with, the message to end before.
 */
const [mode = '', directory = '', begin = '', end = ''] = process.argv.slice(2);
const BATCH = 10;

const output = new DatabaseSync(`${directory}/output.db`);
output.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS output (key TEXT)');
const insert = output.prepare('INSERT INTO output VALUES (?)');
const write = (keys: readonly string[]) => {
  for (const key of keys) insert.run(key);
};

const options = { key: (key: string) => key, window: { ms: 3_600_000, count: 10_000 } };
const together = await dedupe({ ...options, store: sqliteStore({ database: output }) });
const apart = await dedupe({ ...options, store: sqliteStore({ path: `${directory}/marks.db` }) });

async function take(batch: readonly string[]): Promise<void> {
  if (mode === 'transactional') {
    together.commit(batch, write);
  } else if (mode === 'mark-after') {
    await apart.handleAll(batch, write);
  } else {
    // What must not be done: the marks are committed before, and apart from, what is written.
    const verdicts = together.admitAll(batch);
    write(batch.filter((_, at) => verdicts[at] === 'first'));
  }
}

for (let next = Number(begin); next < Number(end); next += BATCH) {
  await take(Array.from({ length: BATCH }, (_, at) => keyOf(next + at)));
  writeSync(1, `${next + BATCH}\n`);
}

/** Even ones come from the first host, odd ones from the second, seven messages later. */
function keyOf(message: number): string {
  return String(Math.max(0, Math.floor(message / 2) - (message % 2) * 7));
}
