import { createServer } from 'node:http';
import { reasonOf } from './command-line.ts';
import { listen } from './listen.ts';

/** A machine that strikes at a steady pace and counts its strokes, whether anybody reads the counter or not. */
export interface Press {
  readonly url: string;
  readonly strokes: number;
  /** Whether this reader waits for an answer at this instant. */
  isReadBy(reader: string): boolean;
  /** No further stroke; the counter can still be read. */
  halt(): void;
  close(): void;
}

/**
 * Its controller answers `GET /?after=<n>&reader=<name>` with the counter as soon as that is larger than n.
 *
 * @param strokeMs from one stroke to the next
 */
export async function startPress(strokeMs: number): Promise<Press> {
  const startedMs = performance.now();
  let waiting: { readonly after: number; readonly reader: string; answer(): void }[] = [];
  let strokes = 0;
  // By the clock, not by the timer's own pace: a busy computer makes timers late, but no press slower.
  const timer = setInterval(() => {
    strokes = Math.floor((performance.now() - startedMs) / strokeMs);
    const due = waiting.filter(({ after }) => after < strokes);
    waiting = waiting.filter((each) => !due.includes(each));
    for (const each of due) each.answer();
  }, strokeMs / 2);
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://press').searchParams;
    const asked = { after: Number(query.get('after')), reader: query.get('reader') ?? '' };
    const answer = () => response.end(JSON.stringify({ strokes }));
    if (asked.after < strokes) {
      answer();
      return;
    }
    const entry = { ...asked, answer };
    waiting.push(entry);
    response.once('close', () => {
      waiting = waiting.filter((each) => each !== entry);
    });
  });
  return {
    url: await listen(server),
    get strokes() {
      return strokes;
    },
    isReadBy: (reader) => waiting.some((each) => each.reader === reader),
    halt: () => clearInterval(timer),
    close() {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The counter, once it is larger than `after`. A press that stands still lets one wait, until the signal aborts. */
export async function readStrokes(press: string, after: number, reader: string, signal: AbortSignal): Promise<number> {
  const answer = await get(`${press}/?after=${after}&reader=${encodeURIComponent(reader)}`, signal).catch((error) => {
    if (error === signal.reason) throw error;
    throw new Error(`--press ${press} gives no answer: ${reasonOf(error)}`, { cause: error });
  });
  if (typeof answer === 'object' && answer !== null && 'strokes' in answer && typeof answer.strokes === 'number')
    return answer.strokes;
  throw new Error(`--press ${press} is no press: it answered ${JSON.stringify(answer)}`);
}

async function get(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal });
  return response.json();
}
