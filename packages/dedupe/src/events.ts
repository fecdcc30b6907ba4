/**
 * What a receiver learns from the copies that pass by. Redundancy is gone when a source is silent or misses messages:
 * the other one still delivers everything, so nobody would notice.
 */
export type DedupeEvent =
  /** Nothing came from this source for `silentMs`; `alone` if another source still sends. Said once until it is heard again. */
  | { readonly kind: 'silent'; readonly source: string; readonly forMs: number; readonly alone: boolean }
  | { readonly kind: 'heard-again'; readonly source: string; readonly afterMs: number }
  /** Keys whose window ended without a copy from this source; `total` since the start. */
  | { readonly kind: 'missed'; readonly source: string; readonly messages: number; readonly total: number }
  /** The source's own numbers `from` to `to`, both included, were left out. */
  | { readonly kind: 'gap'; readonly source: string; readonly from: number; readonly to: number }
  /** The source counts from a lower number again: it was started anew. */
  | { readonly kind: 'restarted'; readonly source: string; readonly sequence: number; readonly before: number }
  /** A message of a source that is not in `sources`. Said once for each name, at most 16 of them. */
  | { readonly kind: 'unknown-source'; readonly source: string }
  /** `count` is too small for `ms` at this rate: keys were forgotten early, and a copy may pass. `total` since the start. */
  | { readonly kind: 'overflow'; readonly forgotten: number; readonly total: number }
  /** A message without a key: it passed, and so will its copy. Said once. */
  | { readonly kind: 'no-key' };

/** What one source has done since the start. */
export interface SourceStatus {
  readonly source: string;
  /** Messages that came from it, copies included. */
  readonly received: number;
  /** Of those: messages that it delivered first. */
  readonly first: number;
  /** Of those: messages that it had already delivered itself, as a broker's redelivery. */
  readonly repeated: number;
  /** Keys whose window ended without a copy from it. */
  readonly missed: number;
  /** Numbers it left out (`sequence`), and messages that came after a higher number. */
  readonly gaps: number;
  readonly outOfOrder: number;
  /** Milliseconds since its last message, undefined before the first. */
  readonly quietMs: number | undefined;
  readonly silent: boolean;
  /** How long after the first copy its own came, where it was not the first itself. Quantiles are right within 7 %. */
  readonly lag: {
    readonly count: number;
    readonly sumMs: number;
    readonly p50Ms: number;
    readonly p90Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
}

export interface DedupeStatus {
  readonly store: string;
  /** Messages let through, and copies dropped. */
  readonly first: number;
  readonly duplicates: number;
  /** Messages without a key, let through. */
  readonly withoutKey: number;
  /** Messages that were marked by somebody else while `handle` or `filter` worked on them: another receiver, or `admit`. */
  readonly workedTwice: number;
  /** Keys forgotten before their time because `count` was reached. */
  readonly forgottenEarly: number;
  readonly sources: readonly SourceStatus[];
}
