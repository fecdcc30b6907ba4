/** A distribution of whole milliseconds in bounded memory: ten bins an octave, so quantiles are right within 7 %. */
export interface Lag {
  add(ms: number): void;
  /** The smallest whole number of the bin that holds the quantile; 0 if nothing was added. */
  quantile(q: number): number;
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
}

const BINS_IN_OCTAVE = 10;
/** Up to 2^32 ms; the first bin holds 0. */
const BINS = 1 + 32 * BINS_IN_OCTAVE;

export function lag(): Lag {
  const bins = new Float64Array(BINS);
  let count = 0;
  let sumMs = 0;
  let maxMs = 0;
  return {
    add(ms) {
      const bin = ms < 1 ? 0 : Math.min(BINS - 1, 1 + Math.floor(Math.log2(ms) * BINS_IN_OCTAVE));
      bins[bin] = (bins[bin] ?? 0) + 1;
      count += 1;
      sumMs += ms;
      maxMs = Math.max(maxMs, ms);
    },
    quantile(q) {
      let left = Math.max(1, Math.ceil(q * count));
      const bin = bins.findIndex((each) => {
        left -= each;
        return left <= 0;
      });
      return bin <= 0 ? 0 : Math.min(maxMs, Math.ceil(2 ** ((bin - 1) / BINS_IN_OCTAVE)));
    },
    get count() {
      return count;
    },
    get sumMs() {
      return sumMs;
    },
    get maxMs() {
      return maxMs;
    },
  };
}
