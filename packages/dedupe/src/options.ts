import { DedupeError } from './errors.ts';
import type { Clock, LocalStore, RemoteStore, Window } from './store.ts';

export interface DedupeOptions<Message, Store extends LocalStore | RemoteStore = LocalStore | RemoteStore> {
  /**
   * What makes two messages copies of one: an id that both hosts derive from the input, such as a machine and its own
   * counter. It must name one message for ever. Undefined or empty: the message passes, as does its copy.
   */
  readonly key: (message: Message) => string | undefined;
  readonly window: Window;
  readonly store: Store;
  /** Which host sent this copy. Gives counters, lag and events of each. */
  readonly source?: (message: Message) => string;
  /** The hosts that are expected, at most 8; needed with `source`, so that one that never speaks is noticed. */
  readonly sources?: readonly string[];
  /** The sender's own counter, one more for each message that it sends. Shows what was lost on the way from each. */
  readonly sequence?: (message: Message) => number | undefined;
  /** After how long without a message a source is silent. Default 10 000. */
  readonly silentMs?: number;
  /** Default `performance.now`. */
  readonly clock?: Clock;
}

export interface Settings<Message> {
  readonly key: (message: Message) => string | undefined;
  readonly window: Window;
  readonly source: ((message: Message) => string) | undefined;
  readonly sources: readonly string[];
  readonly sequence: ((message: Message) => number | undefined) | undefined;
  readonly silentMs: number;
  readonly clock: Clock;
}

/** So that a position and a probe distance fit into 32 bits. */
export const MOST_KEYS = 2 ** 24;
export const MOST_SOURCES = 8;
const LONGEST_WINDOW_MS = 30 * 24 * 3_600_000;

/** The options with their defaults; throws HF-DEDUPE-OPTION for what cannot be used. */
export function settingsOf<Message>(options: DedupeOptions<Message>): Settings<Message> {
  const { key, window, source, sequence, sources = [], silentMs = 10_000, clock = () => performance.now() } = options;
  const { store }: { readonly store?: unknown } = options;
  if (typeof store !== 'object' || store === null || !('open' in store)) {
    throw optionError(`store of type ${typeof store}`, 'Give one, such as memoryStore() of @holdfast/dedupe/memory.');
  }
  if (typeof window !== 'object') throw optionError(`window of type ${typeof window}`, 'Give { ms, count }.');
  if (typeof key !== 'function') throw optionError(`key of type ${typeof key}`, 'Give a function of the message.');
  whole('window.ms', window.ms, LONGEST_WINDOW_MS);
  whole('window.count', window.count, MOST_KEYS);
  whole('silentMs', silentMs, LONGEST_WINDOW_MS);
  if ((source === undefined) !== (sources.length === 0)) {
    throw optionError('one of source and sources without the other', 'Give both, or none.');
  }
  if (sequence !== undefined && source === undefined) {
    throw optionError('sequence without source', 'Say with source which host sent a message.');
  }
  if (sources.length > MOST_SOURCES || new Set(sources).size !== sources.length || sources.includes('')) {
    throw optionError(
      `the list of sources ${JSON.stringify(sources)}`,
      `Give at most ${MOST_SOURCES} names, none twice.`,
    );
  }
  return { key, window, source, sources, sequence, silentMs, clock };
}

function whole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw optionError(`${name} of ${value}`, `Choose a whole number from 1 to ${most}.`);
}

export function optionError(what: string, remedy: string): DedupeError {
  return new DedupeError('HF-DEDUPE-OPTION', `${what} cannot be used`, remedy);
}
