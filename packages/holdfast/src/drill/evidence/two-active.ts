import type { RunInterval } from './activity.ts';

/** What the sampler saw on one node at one instant. */
export interface Sample {
  readonly node: string;
  readonly atMs: number;
  /** Whether a process of the workload's unit exists, stopped ones included. */
  readonly running: boolean;
  readonly stateMounted: boolean;
  readonly addressPresent: boolean;
}

export interface TwoActiveEvidence {
  /** By node; undefined where the node's journal says nothing. */
  readonly intervals: ReadonlyMap<string, readonly RunInterval[] | undefined>;
  readonly samples: readonly Sample[];
  /** Words for two incarnations that answered the client in turns; undefined: none did. */
  readonly interleaved?: string;
  /** How far the nodes' clocks, as corrected, may be apart. */
  readonly clockToleranceMs: number;
}

export interface TwoActiveFinding {
  /** null: the evidence does not reach. */
  readonly twoActive: boolean | null;
  readonly because: string;
}

/** Samples of one node that are further apart than this prove nothing about the time between them. */
const longestSampleGapMs = 600;

/**
 * Whether two nodes were active at one instant, from evidence and never from the cluster's opinion.
 *
 * true: the journals prove that the workload ran on both at once, or the samples show workload, mounted state or address on
 * both at once, or two incarnations answered the client in turns. false: both journals are complete and leave no instant at
 * which both can have run. null: anything else.
 */
export function judgeTwoActive(evidence: TwoActiveEvidence): TwoActiveFinding {
  if (evidence.interleaved !== undefined) return { twoActive: true, because: evidence.interleaved };
  const sampled = overlapInSamples(evidence.samples, evidence.clockToleranceMs);
  if (sampled !== undefined) return { twoActive: true, because: sampled };

  const silent = [...evidence.intervals].filter(([, intervals]) => intervals === undefined).map(([node]) => node);
  const known = [...evidence.intervals.values()].flatMap((intervals) => intervals ?? []);
  let doubt: string | undefined;
  for (const [index, a] of known.entries()) {
    for (const b of known.slice(index + 1)) {
      if (a.node === b.node) continue;
      const certainMs = Math.min(a.to.earliestMs, b.to.earliestMs) - Math.max(a.from.latestMs, b.from.latestMs);
      const possibleMs = Math.min(a.to.latestMs, b.to.latestMs) - Math.max(a.from.earliestMs, b.from.earliestMs);
      if (certainMs > evidence.clockToleranceMs) {
        const both = `${a.node} and ${b.node}`;
        return {
          twoActive: true,
          because: `the workload ran on ${both} at once for ${seconds(certainMs)} by their journals`,
        };
      }
      if (possibleMs > -evidence.clockToleranceMs) {
        doubt = `the workload may have run on ${a.node} and ${b.node} at once for up to ${seconds(Math.max(possibleMs, evidence.clockToleranceMs))}`;
      }
    }
  }
  if (silent.length > 0)
    return { twoActive: null, because: `the journal of ${silent.join(' and ')} does not cover the drill` };
  if (doubt !== undefined) return { twoActive: null, because: doubt };
  return { twoActive: false, because: 'the journals of both nodes leave no instant at which both can have run' };
}

const sampledThings = [
  { key: 'running', words: 'a process of the workload' },
  { key: 'stateMounted', words: 'the state mounted' },
  { key: 'addressPresent', words: 'the virtual address' },
] as const;

function overlapInSamples(samples: readonly Sample[], toleranceMs: number): string | undefined {
  for (const { key, words } of sampledThings) {
    const spans = certainSpans(samples, key);
    for (const a of spans) {
      for (const b of spans) {
        const overlapMs = Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs);
        if (a.node < b.node && overlapMs > toleranceMs) {
          return `${a.node} and ${b.node} both had ${words} for at least ${seconds(overlapMs)}`;
        }
      }
    }
  }
  return undefined;
}

interface Span {
  readonly node: string;
  readonly fromMs: number;
  readonly toMs: number;
}

function certainSpans(samples: readonly Sample[], key: 'running' | 'stateMounted' | 'addressPresent'): readonly Span[] {
  const spans: Span[] = [];
  const open = new Map<string, { fromMs: number; toMs: number }>();
  for (const sample of [...samples].sort((a, b) => a.atMs - b.atMs)) {
    const span = open.get(sample.node);
    const continues = span !== undefined && sample.atMs - span.toMs <= longestSampleGapMs;
    if (span !== undefined && !(sample[key] && continues)) {
      spans.push({ node: sample.node, ...span });
      open.delete(sample.node);
    }
    if (sample[key]) open.set(sample.node, { fromMs: continues ? span.fromMs : sample.atMs, toMs: sample.atMs });
  }
  for (const [node, span] of open) spans.push({ node, ...span });
  return spans;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
