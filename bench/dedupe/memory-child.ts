import { firsts, KINDS, type KindName, messages } from './messages.ts';
import { FIXED, type Result, SUBJECTS, type SubjectName, type Take } from './subjects.ts';

/** Measures one subject for memory.ts: subject, kind of keys, window, seconds that filling may take. */
const [subject = '', kind = '', windowText = '', secondsText = ''] = process.argv.slice(2);
const window = Number(windowText);
const CHUNK = 1000;
/** Messages, without their copies, whose time is taken, and for how long at most. */
const MOST_TIMED = 2_000_000;
const MOST_TIMED_MS = 5000;

if (isSubject(subject) && isKind(kind)) process.send?.(await measure(subject, kind));

async function measure(name: SubjectName, keys: KindName): Promise<Result> {
  const before = memory();
  const take = await SUBJECTS[name](window);
  const endMs = performance.now() + Number(secondsText) * 1000;
  let droppedUnseen = 0;
  let filled = 0;
  // A chunk more than the window, so that the next message already pushes one out.
  for (; filled < window + CHUNK && performance.now() < endMs; filled += CHUNK) {
    droppedUnseen += CHUNK - take(firsts(keys, filled, filled + CHUNK));
  }
  const after = memory();
  let wallMs = 0;
  let cpuMs = 0;
  let count = 0;
  for (let n = filled; n < filled + MOST_TIMED && wallMs < MOST_TIMED_MS; n += CHUNK) {
    const each = run(take, keys, n);
    wallMs += each.wallMs;
    cpuMs += each.cpuMs;
    count += each.count;
    droppedUnseen += each.droppedUnseen;
  }
  const held = FIXED.has(name) ? window : Math.min(filled, window);
  return {
    subject: name,
    keys,
    messagesPerSecond: count / (wallMs / 1000),
    cpuNanoseconds: (cpuMs * 1e6) / count,
    bytesPerKey: (after.used - before.used) / held,
    residentBytesPerKey: (after.resident - before.resident) / held,
    filled: Math.min(filled, window),
    droppedUnseen,
  };
}

function run(take: Take, keys: KindName, from: number) {
  const chunk = messages(keys, from, from + CHUNK);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const first = take(chunk);
  const spent = process.cpuUsage(cpu);
  return {
    wallMs: performance.now() - startMs,
    cpuMs: (spent.user + spent.system) / 1000,
    count: chunk.length,
    droppedUnseen: CHUNK - first,
  };
}

function memory() {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { used: heapUsed + arrayBuffers, resident: rss };
}

function isSubject(name: string): name is SubjectName {
  return name in SUBJECTS;
}

function isKind(name: string): name is KindName {
  return name in KINDS;
}
