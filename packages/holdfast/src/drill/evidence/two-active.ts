import type { RunInterval } from './activity.ts';

/** What the sampler saw on one node at one instant. */
export interface Sample {
  readonly node: string;
  readonly atMs: number;
  /** Whether a process of a workload's unit exists, stopped ones included. */
  readonly running: boolean;
  readonly stateMounted: boolean;
  readonly addressPresent: boolean;
}

/** When each node had one thing that only one may have. */
export interface ThingActivity {
  /** What a node has of it: "the state mounted". */
  readonly words: string;
  /** By node; undefined where the node's journal says nothing. */
  readonly intervals: ReadonlyMap<string, readonly RunInterval[] | undefined>;
}

export interface TwoActiveEvidence {
  readonly things: readonly ThingActivity[];
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
 * Whether two nodes were active at one instant: whether both had the same workload running, the state mounted or the virtual
 * address. From what the nodes themselves recorded, and never from what the cluster takes for true.
 *
 * true: the journals prove that both had one of these at once, or the samples do, or two incarnations answered the client in
 * turns. false: for each of them both journals are complete and leave no instant at which both can have had it. null:
 * anything else. Samples never prove `false`: a busy node may be looked at once a second or less. So `false` says nothing of
 * a mount or an address that somebody made by hand between two samples, past the cluster.
 */
export function judgeTwoActive(evidence: TwoActiveEvidence): TwoActiveFinding {
  if (evidence.interleaved !== undefined) return { twoActive: true, because: evidence.interleaved };
  const sampled = overlapInSamples(evidence.samples, evidence.clockToleranceMs);
  if (sampled !== undefined) return { twoActive: true, because: sampled };
  const findings = evidence.things.map((thing) => judgeThing(thing, evidence.clockToleranceMs));
  const worst = findings.find(({ twoActive }) => twoActive) ?? findings.find(({ twoActive }) => twoActive === null);
  return worst ?? { twoActive: false, because: 'the journals leave no instant at which both can have been active' };
}

function judgeThing({ words, intervals }: ThingActivity, toleranceMs: number): TwoActiveFinding {
  const silent = [...intervals].filter(([, ofNode]) => ofNode === undefined).map(([node]) => node);
  const known = [...intervals.values()].flatMap((ofNode) => ofNode ?? []);
  let doubt: string | undefined;
  for (const [index, a] of known.entries()) {
    for (const b of known.slice(index + 1)) {
      if (a.node === b.node) continue;
      const both = `${a.node} and ${b.node}`;
      const certainMs = Math.min(a.to.earliestMs, b.to.earliestMs) - Math.max(a.from.latestMs, b.from.latestMs);
      const possibleMs = Math.min(a.to.latestMs, b.to.latestMs) - Math.max(a.from.earliestMs, b.from.earliestMs);
      if (certainMs > toleranceMs) {
        return { twoActive: true, because: `${both} both had ${words} for ${seconds(certainMs)} by their journals` };
      }
      if (possibleMs > -toleranceMs) {
        doubt = `${both} may both have had ${words} for up to ${seconds(Math.max(possibleMs, toleranceMs))}`;
      }
    }
  }
  if (silent.length > 0) {
    return { twoActive: null, because: `the journal of ${silent.join(' and ')} does not tell when it had ${words}` };
  }
  if (doubt !== undefined) return { twoActive: null, because: doubt };
  return { twoActive: false, because: `no two nodes had ${words} at once` };
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
