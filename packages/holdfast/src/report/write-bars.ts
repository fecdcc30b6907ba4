import type { Timeline } from '../drill/index.ts';
import { niceStep, type TimeWindow } from './time-window.ts';

/** Writes at one place of a time line, all with the same fate. */
export interface WriteBar {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** The index of the node that answered; -1: no answer. */
  readonly node: number;
  readonly count: number;
  /** Answers of other nodes in the same place, to stack this bar on. */
  readonly below: number;
}

export interface WriteBars {
  readonly bars: readonly WriteBar[];
  /** The largest number of answers, or of missing answers, in one place; at least 1. */
  readonly most: number;
}

/**
 * The writes of a time line as bars: one each, at its own instant, where `places` suffice for that; otherwise counted in
 * bins, of which one begins at the fault.
 */
export function writeBars(
  { operations }: Timeline,
  nodes: readonly string[],
  window: TimeWindow,
  places: number,
): WriteBars {
  const { fromSeconds, toSeconds } = window;
  const writes = operations
    .filter(({ atSeconds }) => atSeconds >= fromSeconds && atSeconds < toSeconds)
    .map(({ atSeconds, result, node }) => ({ atSeconds, node: result === 'ok' ? nodes.indexOf(node ?? '') : -1 }));
  const length = toSeconds - fromSeconds;
  if (writes.length <= places) {
    const width = (0.6 * length) / Math.max(writes.length, places / 4);
    const single = writes.map(({ atSeconds, node }) => ({
      fromSeconds: atSeconds,
      toSeconds: atSeconds + width,
      node,
      count: 1,
      below: 0,
    }));
    return { bars: single, most: 1 };
  }
  // With one or two writes in a bin, the beat between load and bins would show.
  const step = niceStep(Math.max(length / places, Math.min((3 * length) / writes.length, length / 20)));
  const bins = Map.groupBy(writes, ({ atSeconds }) => Math.floor(atSeconds / step));
  const bars = [...bins].flatMap(([bin, inBin]) => {
    // A bin that the window cuts off would look like fewer writes.
    if (bin * step < fromSeconds || (bin + 1) * step > toSeconds) return [];
    let below = 0;
    return [...nodes.keys(), -1].flatMap((node): WriteBar[] => {
      const count = inBin.filter((write) => write.node === node).length;
      if (count === 0) return [];
      const bar = { fromSeconds: bin * step, toSeconds: (bin + 0.85) * step, node, count, below: node < 0 ? 0 : below };
      below += node < 0 ? 0 : count;
      return [bar];
    });
  });
  return { bars, most: Math.max(1, ...bars.map(({ count, below }) => count + below)) };
}
