import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { asNumber } from './arguments.ts';
import type { KindName } from './messages.ts';
import type { Result, SubjectName } from './subjects.ts';
import { grouped, printTargets, rateTarget, type Target } from './targets.ts';

/**
 * Deduping in memory, beside what else one would take: node --expose-gc bench/dedupe/memory.ts [--window 10000000]
 * [--seconds 25] [--results FILE]; about two minutes. Each subject has a process of its own: the window is filled first, then
 * the time of up to two million messages is taken, with the window full. Each of them comes twice, the second time 1000
 * messages later; they are made outside the time taken. A subject too slow to fill the window in --seconds is measured with
 * what it holds then, for 5 s at most. Prints which targets are met.
 */
const { values } = parseArgs({
  options: {
    window: { type: 'string', default: '10000000' },
    seconds: { type: 'string', default: '25' },
    results: { type: 'string' },
  },
});
const window = asNumber('--window', values.window);
const seconds = asNumber('--seconds', values.seconds);

const runs: readonly (readonly [SubjectName, KindName, mostKeys?: number])[] = [
  ['dedupe, in batches', 'text'],
  ['dedupe, in batches', 'uuid'],
  ['dedupe, in batches', 'short'],
  ['dedupe, one by one', 'text'],
  ['Set', 'text'],
  ['Map with expiry', 'text'],
  ['lru-cache', 'text'],
  // It is too slow to be filled with ten million, and only a full one shows what it drops.
  ['bloom-filters, 1 in 1000', 'text', 100_000],
];

const results: Result[] = [];
for (const [subject, kind, most = window] of runs) results.push(await measure(subject, kind, Math.min(window, most)));

console.log(`\nwindow ${window}, ${cpus()[0]?.model ?? 'unknown processor'}, Node.js ${process.version}\n`);
console.log(
  'subject                    keys    messages/s   ns/message   bytes/key   of that resident   filled      dropped unseen',
);
for (const each of results) {
  console.log(
    [
      each.subject.padEnd(26),
      each.keys.padEnd(6),
      grouped(each.messagesPerSecond).padStart(11),
      each.cpuNanoseconds.toFixed(0).padStart(12),
      each.bytesPerKey.toFixed(1).padStart(11),
      each.residentBytesPerKey.toFixed(1).padStart(18),
      grouped(each.filled).padStart(12),
      grouped(each.droppedUnseen).padStart(14),
    ].join(' '),
  );
}
console.log('\nmessages/s by the clock; ns/message of processor time, all threads, which other programs disturb less');
const targets = results.filter((each) => each.subject === 'dedupe, in batches').flatMap(targetsOf);
printTargets(targets);
if (values.results !== undefined) {
  const machine = { processor: cpus()[0]?.model, node: process.version };
  writeFileSync(values.results, `${JSON.stringify({ window, machine, targets, results }, undefined, 2)}\n`);
}

/** On one core, in a window of ten million that is full. */
function targetsOf(each: Result): Target[] {
  const subject = `${each.subject}, keys: ${each.keys}${each.filled < window ? `, only ${grouped(each.filled)} held` : ''}`;
  return [
    ...rateTarget(subject, 2_000_000, each),
    { target: 'at most 24 bytes a key', subject, measured: each.bytesPerKey.toFixed(2), met: each.bytesPerKey <= 24 },
    {
      target: 'no unseen message dropped',
      subject,
      measured: grouped(each.droppedUnseen),
      met: each.droppedUnseen === 0,
    },
  ];
}

function measure(subject: SubjectName, kind: KindName, keys: number): Promise<Result> {
  const child = fork(`${import.meta.dirname}/memory-child.ts`, [subject, kind, String(keys), String(seconds)], {
    execArgv: ['--expose-gc', '--max-old-space-size=16000', '--max-semi-space-size=32'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (result: Result) => resolve(result));
    child.once('exit', (code) => reject(new Error(`${subject} ended with ${code}`)));
  });
}
