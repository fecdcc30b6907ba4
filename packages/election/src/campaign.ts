import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { machineClock } from './clock.ts';
import { foundIn, isFinal } from './connect.ts';
import { type Effect, type Event, holds, initialState, type Loss, type Now, type State, step } from './core/machine.ts';
import { encodeRecord, type LeaseRecord } from './core/record.ts';
import { timingsOf } from './core/timings.ts';
import { ElectionError, storeError } from './errors.ts';
import type { Settings } from './options.ts';
import { writePace } from './write-pace.ts';

/** What a campaign reports, as it happens. */
export interface Listener {
  lead(token: number): void;
  lost(because: Loss): void;
  follow(record: LeaseRecord | undefined): void;
  /** The store fails now and then; it is tried again. Reported once until what failed, reads or writes, is answered again. */
  trouble(error: ElectionError): void;
  /** The candidacy cannot go on. */
  fail(error: ElectionError): void;
}

export interface Campaign {
  /** Milliseconds until the term ends by this machine's clocks; 0 or less when it is over, whether or not `lost` was called. */
  remainingMs(): number;
  /** Milliseconds until another candidate may lead; 0 if one may already, or does. */
  stopWithinMs(): number;
  /** What was begun under the lost term has ended: campaign again. */
  rested(): void;
  /** Releases what is held and stops. Resolves when that is done, or when it is hopeless. */
  leave(): Promise<void>;
}

/**
 * Drives core/machine.ts with this machine's clocks and timers and one store. The store has been reached before.
 *
 * @param clock for tests; one reading for every event
 */
export function campaign(settings: Settings, listener: Listener, clock: () => Now = machineClock()): Campaign {
  const { store, holder, leaseMs, stopMs } = settings;
  let state: State = initialState({ ...timingsOf(leaseMs, stopMs), holder, session: randomUUID() });
  let timer: NodeJS.Timeout | undefined;
  let safeUntilMs = Number.NEGATIVE_INFINITY;
  let stepping = false;
  const events: Event[] = [];
  const waiting = new Map<number, { readonly kind: 'read' | 'write'; readonly controller: AbortController }>();
  /** A store that takes no writes, its disk being full, may answer reads all the time. */
  const troubled = new Set<'read' | 'write'>();
  const pace = writePace(settings);
  /** A write that is waited for only to learn how long it takes. One at a time: a single stall is no pace. */
  let measured: AbortController | undefined;
  /** Nothing was answered since the last failure. */
  let silent = false;
  const watching = new AbortController();
  const left = Promise.withResolvers<void>();

  /** Events that a listener causes are handled after the one that called it. */
  function send(event: Event): void {
    events.push(event);
    if (stepping) return;
    stepping = true;
    try {
      for (let next = events.shift(); next !== undefined; next = events.shift()) take(next);
    } finally {
      stepping = false;
    }
  }

  function take(event: Event): void {
    const now = clock();
    const done = step(state, event, now);
    state = done.state;
    if (state.term !== undefined) safeUntilMs = state.term.untilMs + stopMs;
    for (const effect of done.effects) carryOut(effect);
    clearTimeout(timer);
    if (Number.isFinite(done.wakeInMs)) timer = setTimeout(send, Math.max(1, Math.ceil(done.wakeInMs)), TICK);
  }

  function carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'read':
        ask(effect.id, 'read', async (signal) => {
          const found = foundIn(await store.read(signal), store.name);
          return { kind: 'found', id: effect.id, found };
        });
        return;
      case 'write':
        ask(effect.id, 'write', async (signal) => {
          const result = await store.write(encodeRecord(effect.record), effect.ifRevision, signal);
          const { id } = effect;
          return result.ok ? { kind: 'written', id, revision: result.revision } : { kind: 'conflict', id };
        });
        return;
      case 'abandon': {
        const request = waiting.get(effect.id);
        if (request === undefined) return;
        waiting.delete(effect.id);
        if (request.kind === 'write' && pace.open && measured === undefined) measured = request.controller;
        else request.controller.abort();
        report(request.kind, unanswered(store.name, state.candidate.requestMs));
        return;
      }
      case 'lead':
        listener.lead(effect.token);
        return;
      case 'lost':
        if (TAKEN.has(effect.because)) safeUntilMs = Number.NEGATIVE_INFINITY;
        listener.lost(effect.because);
        return;
      case 'follow':
        listener.follow(effect.record);
        return;
      case 'twin':
        listener.fail(twin(effect.record, store.name));
        return;
      case 'left':
        watching.abort();
        measured?.abort();
        left.resolve();
        return;
    }
  }

  function ask(id: number, kind: 'read' | 'write', request: (signal: AbortSignal) => Promise<Event>): void {
    const controller = new AbortController();
    const sentMs = performance.now();
    waiting.set(id, { kind, controller });
    request(controller.signal).then(
      (event) => {
        const wanted = measured === controller || waiting.has(id);
        if (measured === controller) measured = undefined;
        if (kind === 'write' && wanted) time(performance.now() - sentMs, event.kind === 'written');
        // Too late: it was abandoned.
        if (!waiting.delete(id)) return;
        troubled.delete(kind);
        silent = false;
        send(event);
      },
      (error: unknown) => {
        if (measured === controller) measured = undefined;
        if (!waiting.delete(id)) return;
        report(kind, storeError(error, store.name));
        send({ kind: 'failed', id });
      },
    );
  }

  function time(writeMs: number, written: boolean): void {
    const tooSlow = pace.answered(writeMs, written);
    // Whoever leads all the same shall.
    if (tooSlow !== undefined && state.phase === 'campaigning') listener.fail(tooSlow);
  }

  function report(kind: 'read' | 'write', error: ElectionError): void {
    // While leading, the lease runs out by itself if this does not pass.
    const mayGoOn = state.phase === 'leading' || state.phase === 'leaving' || !isFinal(error);
    if (!mayGoOn) listener.fail(error);
    else if (!silent && !troubled.has(kind)) listener.trouble(error);
    troubled.add(kind);
    silent = true;
  }

  async function watch(): Promise<void> {
    const { signal } = watching;
    while (store.watch && !signal.aborted) {
      try {
        let begun = false;
        for await (const versioned of store.watch(signal)) {
          const found = foundIn(versioned, store.name);
          if (!begun) send({ kind: 'watching', on: true });
          begun = true;
          send({ kind: 'pushed', found });
        }
      } catch {
        // Reading goes on, and reports what is wrong with the store.
      }
      if (signal.aborted) return;
      send({ kind: 'watching', on: false });
      await sleep(state.candidate.pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  send(TICK);
  watch();

  return {
    remainingMs() {
      const now = clock();
      if (state.term === undefined) return 0;
      // Whoever asks learns it before the timer does: a blocked event loop delays timers.
      if (!holds(state, now)) send(TICK);
      return state.term === undefined ? 0 : state.term.untilMs - now.mostMs;
    },
    stopWithinMs: () => Math.max(0, safeUntilMs - clock().mostMs),
    rested: () => send({ kind: 'rested' }),
    leave() {
      send({ kind: 'leave' });
      return left.promise;
    },
  };
}

/** Nobody waits for the rest of the lease any more. */
const TAKEN: ReadonlySet<Loss> = new Set<Loss>([
  'replaced by another candidate',
  'the key was deleted',
  'two candidates use one name',
]);

const TICK: Event = { kind: 'tick' };

function unanswered(storeName: string, requestMs: number): ElectionError {
  return new ElectionError(
    'HF-ELECT-STORE-UNREACHABLE',
    `${storeName} gave no answer within ${requestMs} ms`,
    'Look at the network to the store; the election goes on when it answers again.',
  );
}

function twin(record: LeaseRecord, storeName: string): ElectionError {
  return new ElectionError(
    'HF-ELECT-TWIN',
    `another candidate that lives holds ${storeName} under this candidate's name, ${record.holder}`,
    'Give each candidate a name of its own.',
  );
}
