import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';

const KILLS = 10;
/** What a consumer may have in work, and so repeat after a kill. */
const BATCH = 10;

test('killed at any moment, a consumer that commits with the marks has written everything once', async () => {
  expect(await killAgainAndAgain('transactional')).toEqual({ lost: 0, twice: 0 });
}, 120_000);

test('killed at any moment, a consumer that is marked afterwards has lost nothing and repeated only its last batch', async () => {
  const { lost, twice } = await killAgainAndAgain('mark-after');
  expect(lost).toBe(0);
  expect(twice).toBeLessThanOrEqual(KILLS * BATCH);
}, 120_000);

test('the same check finds what is lost when the marks are committed apart from the writes', async () => {
  const { lost } = await killAgainAndAgain('marks-first', 100);
  expect(lost).toBeGreaterThan(0);
}, 120_000);

/** Stops early when something was lost. */
async function killAgainAndAgain(
  mode: string,
  kills = KILLS,
): Promise<{ readonly lost: number; readonly twice: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'dedupe-kill-'));
  try {
    let next = 0;
    for (let kill = 0; kill < kills && count(directory, next / 2 - 7).lost === 0; kill += 1) {
      next = await consume(mode, directory, next, undefined);
    }
    const end = next + 200;
    await consume(mode, directory, next, end);
    return count(directory, end / 2 - 7);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Runs the child from message `begin`, and kills it at some moment unless it has an end. How far it got, by its own word. */
async function consume(mode: string, directory: string, begin: number, end: number | undefined): Promise<number> {
  const program = join(import.meta.dirname, 'sqlite-kill-child.ts');
  const child = spawn(process.execPath, [program, mode, directory, String(begin), String(end ?? 1e9)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
  });
  let said = '';
  let complaints = '';
  child.stderr.on('data', (chunk) => (complaints += chunk));
  child.stdout.on('data', (chunk) => {
    if (said === '' && end === undefined) setTimeout(() => child.kill('SIGKILL'), Math.random() * 30);
    said += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, complaints }).toEqual({ code: end === undefined ? null : 0, complaints: '' });
  // The last line may have been cut.
  return Number(said.split('\n').at(-2));
}

function count(directory: string, keys: number): { lost: number; twice: number } {
  if (keys <= 0) return { lost: 0, twice: 0 };
  const output = new DatabaseSync(`${directory}/output.db`);
  const times = new Map<string, number>();
  for (const { key } of output.prepare('SELECT key FROM output').all()) {
    times.set(String(key), (times.get(String(key)) ?? 0) + 1);
  }
  output.close();
  const each = Array.from({ length: keys }, (_, key) => times.get(String(key)) ?? 0);
  return { lost: each.filter((n) => n === 0).length, twice: each.filter((n) => n > 1).length };
}
