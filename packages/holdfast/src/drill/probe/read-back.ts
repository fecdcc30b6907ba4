import type { Clock } from '../../core/index.ts';
import type { Page } from './ledger-http.ts';

export interface ReadBackOptions {
  readonly clock: Clock;
  readonly readPage: (afterSequence: number) => Promise<Page>;
  readonly timeoutMs: number;
}

const retryAfterMs = 200;
/** Twenty million payments at 2000 a page: a ledger that never ends is a defect, not a long read. */
const mostPages = 10_000;

/**
 * Every key, in the order stored, copies included: the ledger is read to its end until two complete reads
 * in a row are equal, so that a write that was still on its way is not taken for lost. Rejects with the last trouble when
 * that is not reached in time.
 */
export async function readBackCompletely(options: ReadBackOptions): Promise<readonly string[]> {
  const { clock, timeoutMs } = options;
  const deadlineMs = clock.monotonic() + timeoutMs;
  let previous: readonly string[] | undefined;
  let trouble: unknown = new Error('two complete reads in a row differed each time');
  while (clock.monotonic() < deadlineMs) {
    try {
      const keys = await readOnce(options, deadlineMs);
      if (previous !== undefined && isEqual(previous, keys)) return keys;
      previous = keys;
    } catch (error) {
      trouble = error;
      previous = undefined;
      await clock.sleep(retryAfterMs);
    }
  }
  throw trouble;
}

async function readOnce(options: ReadBackOptions, deadlineMs: number): Promise<readonly string[]> {
  const keys: string[] = [];
  let after = 0;
  for (let pages = 0; pages < mostPages; pages += 1) {
    if (options.clock.monotonic() >= deadlineMs) throw new Error('the read did not come to its end in time');
    const page = await options.readPage(after);
    for (const { key } of page.payments) keys.push(key);
    if (page.next === undefined || page.payments.length === 0) return keys;
    if (page.next <= after) throw new Error(`the ledger's pages do not advance: ${after} is followed by ${page.next}`);
    after = page.next;
  }
  throw new Error(`the ledger has more than ${mostPages} pages`);
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
