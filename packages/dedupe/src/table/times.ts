/**
 * The time of each entry of a ring in two bytes, exact to the millisecond: the low 16 bits are kept beside the entry, the
 * rest is found by where each span of 65.5 s began. Entries are numbered from 0 on, for ever, in the order of their times.
 */
export interface Times {
  /** Adds the next entry, at this position of the ring. Its time is the last one given to `advance`. */
  append(position: number): void;
  /** Copies an entry's time to another position of the ring. */
  move(from: number, to: number): void;
  /** This entry is no more; those after it are numbered one lower. */
  remove(number: number): void;
  /** The time of an entry of the ring; of one older than `longestMs`, some time that is as old. */
  at(number: number, position: number): number;
  /** Milliseconds from 0 on; never goes back. `next` is the number of the next entry. */
  advance(nowMs: number, next: number): void;
}

const SPAN_BITS = 16;
const SPAN_MS = 2 ** SPAN_BITS;

export function times(count: number, longestMs: number): Times {
  const low = new Uint16Array(count);
  const spans = Math.ceil(longestMs / SPAN_MS) + 2;
  /** The number of the first entry of each span that may have live entries, at the span modulo `spans`. */
  const firstOf = new Float64Array(spans);
  let nowMs = 0;
  let current = 0;

  return {
    append(position) {
      low[position] = nowMs % SPAN_MS;
    },
    move(from, to) {
      low[to] = low[from] ?? 0;
    },
    remove(number) {
      for (
        let span = current;
        span > Math.max(0, current - spans) && (firstOf[span % spans] ?? 0) > number;
        span -= 1
      ) {
        firstOf[span % spans] = (firstOf[span % spans] ?? 0) - 1;
      }
    },
    at(number, position) {
      return spanOf(number) * SPAN_MS + (low[position] ?? 0);
    },
    advance(toMs, next) {
      nowMs = toMs;
      const span = Math.floor(toMs / SPAN_MS);
      if (span === current) return;
      for (let each = Math.max(current + 1, span - spans + 1); each <= span; each += 1) firstOf[each % spans] = next;
      current = span;
    },
  };

  /** The latest span that begins at or before the entry. Most are in the current one or the one before. */
  function spanOf(number: number): number {
    if ((firstOf[current % spans] ?? 0) <= number) return current;
    let [low, high] = [Math.max(0, current - spans + 1), current - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((firstOf[middle % spans] ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
