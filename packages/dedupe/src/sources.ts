import type { DedupeEvent, SourceStatus } from './events.ts';
import { type Lag, lag } from './lag.ts';

/** Follows what each source does. Knows no clock: every call is told the time, in milliseconds that never go back. */
export interface Sources {
  /** The bit of a source in the table; 0 for one that is not expected. */
  bitOf(source: string): number;
  /** Called for every message as it comes. */
  heard(source: string, sequence: number | undefined, nowMs: number): void;
  /** @param ageMs of the first copy, -1 if this is the first; @param before the sources of the earlier copies */
  copy(bit: number, ageMs: number, before: number): void;
  /** The window of a key has ended; it had come from these. */
  over(sources: number): void;
  /** Says what has gathered since, and who is silent. */
  look(nowMs: number): void;
  status(nowMs: number): SourceStatus[];
}

interface Source {
  readonly name: string;
  readonly bit: number;
  readonly lag: Lag;
  received: number;
  first: number;
  repeated: number;
  missed: number;
  missedSaid: number;
  gaps: number;
  outOfOrder: number;
  highest: number | undefined;
  lastMs: number | undefined;
  silent: boolean;
}

/** A number that is lower by more than this is a new count, not a message that was overtaken. */
const MOST_OVERTAKEN = 1000;
const MOST_STRANGERS = 16;

export function followSources(
  names: readonly string[],
  silentMs: number,
  startMs: number,
  emit: (event: DedupeEvent) => void,
): Sources {
  const sources = names.map(newSource);
  const byName = new Map(sources.map((each) => [each.name, each]));
  const byBit = new Map(sources.map((each) => [each.bit, each]));
  const everybody = (1 << sources.length) - 1;
  const strangers = new Set<string>();

  function follow(source: Source, sequence: number): void {
    const highest = source.highest;
    if (highest === undefined || sequence === highest + 1) {
      source.highest = sequence;
    } else if (sequence > highest) {
      source.gaps += sequence - highest - 1;
      source.highest = sequence;
      emit({ kind: 'gap', source: source.name, from: highest + 1, to: sequence - 1 });
    } else if (highest - sequence > MOST_OVERTAKEN) {
      source.highest = sequence;
      emit({ kind: 'restarted', source: source.name, sequence, before: highest });
    } else {
      source.outOfOrder += 1;
    }
  }

  return {
    bitOf(name) {
      const source = byName.get(name);
      if (source !== undefined) return source.bit;
      if (strangers.size < MOST_STRANGERS && !strangers.has(name)) {
        strangers.add(name);
        emit({ kind: 'unknown-source', source: name });
      }
      return 0;
    },
    heard(name, sequence, nowMs) {
      const source = byName.get(name);
      if (source === undefined) return;
      source.received += 1;
      if (source.silent) {
        source.silent = false;
        emit({ kind: 'heard-again', source: name, afterMs: nowMs - (source.lastMs ?? startMs) });
      }
      source.lastMs = nowMs;
      if (sequence !== undefined && Number.isSafeInteger(sequence)) follow(source, sequence);
    },
    copy(bit, ageMs, before) {
      const source = byBit.get(bit);
      if (source === undefined) return;
      if (ageMs < 0) source.first += 1;
      else if ((before & bit) !== 0) source.repeated += 1;
      else source.lag.add(ageMs);
    },
    over(mask) {
      if (mask === everybody || mask === 0) return;
      for (const source of sources) if ((mask & source.bit) === 0) source.missed += 1;
    },
    look(nowMs) {
      for (const source of sources) {
        const messages = source.missed - source.missedSaid;
        source.missedSaid = source.missed;
        if (messages > 0) emit({ kind: 'missed', source: source.name, messages, total: source.missed });
      }
      const quiet = sources.map((each) => nowMs - (each.lastMs ?? startMs) >= silentMs);
      const alone = quiet.includes(false);
      sources.forEach((source, at) => {
        if (source.silent || !quiet[at]) return;
        source.silent = true;
        emit({ kind: 'silent', source: source.name, forMs: nowMs - (source.lastMs ?? startMs), alone });
      });
    },
    status: (nowMs) => sources.map((each) => statusOf(each, nowMs)),
  };
}

function newSource(name: string, at: number): Source {
  return {
    name,
    bit: 1 << at,
    lag: lag(),
    received: 0,
    first: 0,
    repeated: 0,
    missed: 0,
    missedSaid: 0,
    gaps: 0,
    outOfOrder: 0,
    highest: undefined,
    lastMs: undefined,
    silent: false,
  };
}

function statusOf(source: Source, nowMs: number): SourceStatus {
  const { name, received, first, repeated, missed, gaps, outOfOrder, lastMs, silent } = source;
  return {
    source: name,
    received,
    first,
    repeated,
    missed,
    gaps,
    outOfOrder,
    quietMs: lastMs === undefined ? undefined : nowMs - lastMs,
    silent,
    lag: {
      count: source.lag.count,
      sumMs: source.lag.sumMs,
      p50Ms: source.lag.quantile(0.5),
      p90Ms: source.lag.quantile(0.9),
      p99Ms: source.lag.quantile(0.99),
      maxMs: source.lag.maxMs,
    },
  };
}
