import { type Found, isOlder, type LeaseRecord } from './record.ts';
import type { Timings } from './timings.ts';

/**
 * The election, without clock, network or promise: `step` takes a state and an event and returns the next state and
 * what is to be done. The driver (../driver.ts) and the simulator (simulation) run the same function.
 *
 * The algorithm is a lease in a record that is only ever written by compare-and-swap. A candidate may replace a record
 * that it has itself watched, unchanged, for the record's lease length; a leader leads for a little less than that,
 * counted from before it sent the write that the store confirmed. Nobody compares a time with anybody else's.
 * Where the outcome of a write is unknown, the record is read again before the next write.
 */

/** Two readings of this machine's clocks, in milliseconds; their zero means nothing. */
export interface Now {
  /** Time that has surely passed. Waiting for somebody else's lease to end is measured by it. */
  readonly leastMs: number;
  /** Time that may have passed: runs on through suspend, jumps ahead with the wall clock. One's own lease is measured by it. */
  readonly mostMs: number;
  /** Wall time since the Unix epoch; only the first token of a new key is taken from it. */
  readonly wallMs: number;
}

export interface Candidate extends Timings {
  readonly holder: string;
  readonly session: string;
}

export interface Term {
  readonly token: number;
  /** By the `mostMs` clock. At this instant it is over, whether or not anybody could be told. */
  readonly untilMs: number;
  /** The same by the `leastMs` clock: earlier than this it can only be over because a clock jumped. */
  readonly untilLeastMs: number;
}

export type WriteKind = 'create' | 'acquire' | 'renew' | 'release';

interface Request {
  readonly id: number;
  readonly kind: WriteKind | 'read';
  readonly sentMostMs: number;
  readonly sentLeastMs: number;
  /** What is being written. */
  readonly record: LeaseRecord | undefined;
  /** A change was pushed after this read was sent: its answer may be older than what is known. */
  readonly overtaken: boolean;
}

export interface State {
  readonly candidate: Candidate;
  /** The record as last seen; null when the key was absent; undefined before the first look. */
  readonly seen: Found | null | undefined;
  /** By the `leastMs` clock: from when on, if nothing changes, the record may be replaced. */
  readonly claimableAtMs: number;
  /** What the store holds now may be other than `seen`: read before the next write. */
  readonly stale: boolean;
  readonly term: Term | undefined;
  /** campaigning; leading (with a term); resting until the last term's work has ended; leaving: releasing; left: done. */
  readonly phase: 'campaigning' | 'leading' | 'resting' | 'leaving' | 'left';
  readonly request: Request | undefined;
  readonly quietUntilMs: number;
  readonly failures: number;
  readonly readDueMs: number;
  readonly renewDueMs: number;
  /** The store pushes changes: reading is only a safety net. */
  readonly watching: boolean;
  readonly highestToken: number;
  readonly writes: number;
  readonly requests: number;
  readonly releases: number;
  /** How many changes were seen by another session that uses this candidate's name. */
  readonly twinWrites: number;
}

export type Event =
  | { readonly kind: 'tick' }
  | { readonly kind: 'found'; readonly id: number; readonly found: Found | null }
  | { readonly kind: 'written'; readonly id: number; readonly revision: string }
  | { readonly kind: 'conflict'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number }
  | { readonly kind: 'pushed'; readonly found: Found | null }
  | { readonly kind: 'watching'; readonly on: boolean }
  /** What the callback had begun has ended after its term was lost. */
  | { readonly kind: 'rested' }
  /** No further term is wanted: release what is held. */
  | { readonly kind: 'leave' };

export type Loss =
  | 'not renewed in time'
  | 'the clock jumped ahead, or the machine slept'
  | 'replaced by another candidate'
  | 'the key was deleted'
  | 'two candidates use one name';

export type Effect =
  | { readonly kind: 'read'; readonly id: number }
  | {
      readonly kind: 'write';
      readonly id: number;
      readonly record: LeaseRecord;
      readonly ifRevision: string | undefined;
    }
  /** Nobody waits for this request any more. */
  | { readonly kind: 'abandon'; readonly id: number }
  | { readonly kind: 'lead'; readonly token: number }
  | { readonly kind: 'lost'; readonly token: number; readonly because: Loss }
  /** Somebody else's record was seen, or that there is none. */
  | { readonly kind: 'follow'; readonly record: LeaseRecord | undefined }
  | { readonly kind: 'twin'; readonly record: LeaseRecord }
  | { readonly kind: 'left' };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
  /** Send a tick after so many milliseconds unless another event comes first; Infinity for never. */
  readonly wakeInMs: number;
}

export function initialState(candidate: Candidate): State {
  return {
    candidate,
    seen: undefined,
    claimableAtMs: Number.POSITIVE_INFINITY,
    stale: true,
    term: undefined,
    phase: 'campaigning',
    request: undefined,
    quietUntilMs: Number.NEGATIVE_INFINITY,
    failures: 0,
    readDueMs: Number.NEGATIVE_INFINITY,
    renewDueMs: Number.POSITIVE_INFINITY,
    watching: false,
    highestToken: 0,
    writes: 0,
    requests: 0,
    releases: 0,
    twinWrites: 0,
  };
}

/** Whether the term in this state still holds at this instant. */
export function holds(state: State, now: Now): boolean {
  return state.term !== undefined && now.mostMs < state.term.untilMs;
}

export function step(before: State, event: Event, now: Now): Step {
  const effects: Effect[] = [];
  // Before anything else: whatever woke us may have come late.
  let state = expire(before, now, effects);
  state = absorb(state, event, now, effects);
  state = timeOut(state, now, effects);
  state = act(state, now, effects);
  return { state, effects, wakeInMs: wakeIn(state, now) };
}

function expire(state: State, now: Now, effects: Effect[]): State {
  if (state.term === undefined || holds(state, now)) return state;
  const jumped = now.leastMs < state.term.untilLeastMs;
  return lose(state, jumped ? 'the clock jumped ahead, or the machine slept' : 'not renewed in time', effects);
}

function lose(state: State, because: Loss, effects: Effect[]): State {
  if (state.term === undefined) return state;
  effects.push({ kind: 'lost', token: state.term.token, because });
  return { ...state, term: undefined, phase: state.phase === 'leading' ? 'resting' : state.phase };
}

function absorb(state: State, event: Event, now: Now, effects: Effect[]): State {
  switch (event.kind) {
    case 'tick':
      return state;
    case 'found':
      return state.request?.id === event.id ? afterRead(state, state.request, event.found, now, effects) : state;
    case 'written':
      return state.request?.id === event.id ? afterWrite(state, state.request, event.revision, now, effects) : state;
    case 'conflict':
      return state.request?.id === event.id ? { ...answered(state), stale: true } : state;
    case 'failed':
      return state.request?.id === event.id ? afterFailure(state, state.request, now) : state;
    case 'pushed':
      return afterPush(state, event.found, now, effects);
    case 'watching':
      // Changes may have passed unseen before the watch began, and will once it has ended.
      return { ...state, watching: event.on, readDueMs: now.leastMs };
    case 'rested':
      return state.phase === 'resting' ? { ...state, phase: 'campaigning', stale: true } : state;
    case 'leave':
      return beginToLeave(state, effects);
  }
}

function beginToLeave(state: State, effects: Effect[]): State {
  if (state.phase === 'left') return state;
  const { request } = state;
  const reading = request?.kind === 'read';
  if (reading) effects.push({ kind: 'abandon', id: request.id });
  return { ...state, phase: 'leaving', term: undefined, failures: 0, request: reading ? undefined : request };
}

function answered(state: State): State {
  return { ...state, request: undefined, failures: 0 };
}

function afterRead(before: State, request: Request, found: Found | null, now: Now, effects: Effect[]): State {
  const state = answered(before);
  if (request.overtaken) return { ...state, stale: true };
  const next = observe({ ...state, stale: false }, found, now, effects);
  const { pollMs, leaseMs } = state.candidate;
  return { ...next, readDueMs: now.leastMs + (state.watching ? leaseMs : pollMs) };
}

function afterWrite(before: State, request: Request, revision: string, now: Now, effects: Effect[]): State {
  const { candidate } = before;
  const { record } = request;
  if (record === undefined) return before;
  const state: State = {
    ...answered(before),
    seen: { revision, record },
    claimableAtMs: claimableAt(before, record, now),
    stale: false,
    highestToken: Math.max(before.highestToken, record.token),
    renewDueMs: request.sentLeastMs + candidate.renewMs,
  };
  // Counted from before the request was sent: the store, and so everybody else, cannot have counted from earlier.
  const term: Term = {
    token: record.token,
    untilMs: request.sentMostMs + candidate.holdMs,
    untilLeastMs: request.sentLeastMs + candidate.holdMs,
  };
  if (request.kind === 'release') return leaveNow(state, effects);
  if (request.kind === 'create') return state;
  if (request.kind === 'renew') return state.term === undefined ? state : { ...state, term };
  if (state.phase !== 'campaigning' || now.mostMs >= term.untilMs) return state;
  effects.push({ kind: 'lead', token: term.token });
  return { ...state, term, phase: 'leading' };
}

function afterFailure(state: State, request: Request, now: Now): State {
  const { retryMs } = state.candidate;
  // A leader has no time to lose; the others spare a store that is down.
  const pause = state.term === undefined && state.failures > 0 ? 2 * retryMs : retryMs;
  return {
    ...state,
    request: undefined,
    failures: state.failures + 1,
    quietUntilMs: now.leastMs + pause,
    // A write without an answer may have been carried out, or may yet be.
    stale: state.stale || request.kind !== 'read',
  };
}

function afterPush(before: State, found: Found | null, now: Now, effects: Effect[]): State {
  // The answers to our own writes come by themselves.
  if (found !== null && found.record.session === before.candidate.session) return before;
  if (found !== null && before.seen && isOlder(found.record, before.seen.record)) return before;
  // Nothing in "deleted" says whether it came late.
  if (found === null) return { ...before, stale: true };
  const { request } = before;
  const state = request?.kind === 'read' ? { ...before, request: { ...request, overtaken: true } } : before;
  return observe(state, found, now, effects);
}

/** The record in the store is, or just was, `found`. */
function observe(state: State, found: Found | null, now: Now, effects: Effect[]): State {
  const { candidate, seen, term } = state;
  if (found !== null && term !== undefined && isOwn(found.record, state) && found.record.token === term.token) {
    // An earlier renewal arrived though its answer did not. It lengthens nothing: renew again, from a time we know.
    return { ...state, seen: found, renewDueMs: now.leastMs };
  }
  let next: State = state;
  if (found === null ? seen !== null : seen?.revision !== found.revision) {
    next = { ...state, seen: found, claimableAtMs: claimableAt(state, found?.record, now) };
    if (found !== null) next = { ...next, highestToken: Math.max(next.highestToken, found.record.token) };
    if (found !== null) next = countTwin(next, seen ?? undefined, found, effects);
    if (!isSameLeader(seen, found)) effects.push({ kind: 'follow', record: found?.record });
  }
  if (term === undefined) return next;
  if (found === null) return lose(next, 'the key was deleted', effects);
  const twin = found.record.holder === candidate.holder;
  return lose(next, twin ? 'two candidates use one name' : 'replaced by another candidate', effects);
}

/** When the record may be replaced if it does not change until then, by the `leastMs` clock. */
function claimableAt(state: State, record: LeaseRecord | undefined, now: Now): number {
  if (record === undefined || record.state === 'released') return now.leastMs;
  // Somebody may lead under a record that was deleted; from the creation of this one on, they cannot renew.
  if (record.state === 'new') return now.leastMs + Math.max(record.leaseMs, state.seen?.record.leaseMs ?? 0);
  // Our own record with no term: a write whose answer was lost, or a term that has ended. Nobody leads under it.
  return isOwn(record, state) ? now.leastMs : now.leastMs + record.leaseMs;
}

function countTwin(state: State, before: Found | undefined, found: Found, effects: Effect[]): State {
  const { candidate } = state;
  const { record } = found;
  const alive =
    record.holder === candidate.holder && !isOwn(record, state) && before?.record.session === record.session;
  if (!alive) return state;
  const twinWrites = state.twinWrites + 1;
  // One change may be the last write of a predecessor that has died; two come only from somebody who lives.
  if (twinWrites === 2) effects.push({ kind: 'twin', record });
  return { ...state, twinWrites };
}

function timeOut(state: State, now: Now, effects: Effect[]): State {
  const { request, candidate } = state;
  if (request === undefined || now.leastMs < request.sentLeastMs + candidate.requestMs) return state;
  effects.push({ kind: 'abandon', id: request.id });
  return afterFailure(state, request, now);
}

function act(state: State, now: Now, effects: Effect[]): State {
  if (state.request !== undefined || state.phase === 'left') return state;
  if (state.phase === 'leaving') return leave(state, now, effects);
  if (state.phase === 'resting' || now.leastMs < state.quietUntilMs) return state;
  if (state.stale || state.seen === undefined) return read(state, now, effects);
  if (state.phase === 'leading') return now.leastMs >= state.renewDueMs ? write(state, 'renew', now, effects) : state;
  // An absent key is not taken but created: absence has no revision, so it cannot be watched for the length of a lease.
  if (state.seen === null) return write(state, 'create', now, effects);
  if (now.leastMs >= state.claimableAtMs) return write(state, 'acquire', now, effects);
  return now.leastMs >= state.readDueMs ? read(state, now, effects) : state;
}

/** Release the record if it is ours; in vain twice, or cut off from the store, leave it to end by itself. */
function leave(state: State, now: Now, effects: Effect[]): State {
  if (state.writes === 0 || state.releases >= 2 || state.failures >= 2) return leaveNow(state, effects);
  if (now.leastMs < state.quietUntilMs) return state;
  if (state.stale) return read(state, now, effects);
  if (!state.seen || !isOwn(state.seen.record, state) || state.seen.record.state !== 'held')
    return leaveNow(state, effects);
  return write({ ...state, releases: state.releases + 1 }, 'release', now, effects);
}

function leaveNow(state: State, effects: Effect[]): State {
  effects.push({ kind: 'left' });
  return { ...state, phase: 'left', term: undefined };
}

function read(state: State, now: Now, effects: Effect[]): State {
  const id = state.requests + 1;
  effects.push({ kind: 'read', id });
  return { ...state, requests: id, request: sent(id, 'read', undefined, now) };
}

function write(state: State, kind: WriteKind, now: Now, effects: Effect[]): State {
  const { candidate, seen } = state;
  const id = state.requests + 1;
  const record: LeaseRecord = {
    holder: candidate.holder,
    session: candidate.session,
    token: tokenFor(kind, state, now),
    leaseMs: candidate.leaseMs,
    write: state.writes + 1,
    state: LEASE_STATE_AFTER[kind],
  };
  effects.push({ kind: 'write', id, record, ifRevision: seen?.revision });
  return { ...state, requests: id, writes: record.write, request: sent(id, kind, record, now) };
}

const LEASE_STATE_AFTER = { create: 'new', acquire: 'held', renew: 'held', release: 'released' } as const;

/**
 * Each leader adds one. Where the key was absent, nobody can know what tokens were given before it was deleted: the wall
 * clock in milliseconds is larger than all of them, unless leaders changed every millisecond. It is read when the first
 * leader takes the new key, not at the key's creation: that write may have been under way since before the deletion.
 */
function tokenFor(kind: WriteKind, state: State, now: Now): number {
  const known = Math.max(state.highestToken, state.seen?.record.token ?? 0);
  if (kind === 'create') return known;
  if (kind !== 'acquire') return state.seen?.record.token ?? known;
  return state.seen?.record.state === 'new' ? Math.max(known + 1, Math.floor(now.wallMs)) : known + 1;
}

function sent(id: number, kind: Request['kind'], record: LeaseRecord | undefined, now: Now): Request {
  return { id, kind, record, sentMostMs: now.mostMs, sentLeastMs: now.leastMs, overtaken: false };
}

function isOwn(record: LeaseRecord, state: State): boolean {
  return record.session === state.candidate.session;
}

function isSameLeader(a: Found | null | undefined, b: Found | null): boolean {
  if (!a || !b) return a === b;
  return (
    a.record.token === b.record.token && a.record.session === b.record.session && a.record.state === b.record.state
  );
}

function wakeIn(state: State, now: Now): number {
  if (state.phase === 'left') return Number.POSITIVE_INFINITY;
  const { candidate, request } = state;
  let wake = Number.POSITIVE_INFINITY;
  if (state.term !== undefined) wake = state.term.untilMs - now.mostMs;
  if (request !== undefined) return Math.min(wake, request.sentLeastMs + candidate.requestMs - now.leastMs);
  if (state.phase === 'resting') return wake;
  let due = Number.NEGATIVE_INFINITY;
  if (state.phase === 'leading') due = state.renewDueMs;
  else if (state.phase === 'campaigning') due = Math.min(state.claimableAtMs, state.readDueMs);
  if (state.stale) due = Number.NEGATIVE_INFINITY;
  return Math.min(wake, Math.max(0, due - now.leastMs, state.quietUntilMs - now.leastMs));
}
