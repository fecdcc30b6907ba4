import { type Campaign, campaign } from './campaign.ts';
import { connect } from './connect.ts';
import type { Loss } from './core/machine.ts';
import { ElectionError } from './errors.ts';
import { type ElectionOptions, settingsOf } from './options.ts';

/** One time of leading. */
export interface Term {
  /** Larger than the token of every leader before: give it to what you protect, and let that refuse smaller ones. */
  readonly token: number;
  readonly holder: string;
  /** Aborts when the term ends, always before another candidate can lead. Its `aborted` asks the clock each time it is read. */
  readonly signal: AbortSignal;
  /** Milliseconds until the signal aborts unless the lease is renewed; 0 when it has. Asks the clock. */
  readonly remainingMs: number;
  /**
   * Milliseconds until another candidate may lead, by this machine's clocks: what has been begun must have stopped by
   * then. Once the signal has aborted for want of renewal, this is what is left of `stopMs`.
   */
  readonly stopWithinMs: number;
  /** Throws HF-ELECT-LOST if the term is over by this machine's clocks, even if no timer could run yet to say so. */
  check(): void;
}

export type Change =
  | { readonly kind: 'leading'; readonly term: Term }
  /** The term is over. The candidacy goes on when the next change is asked for: end your work before that. */
  | { readonly kind: 'lost'; readonly token: number; readonly because: Loss }
  /** Another candidate leads, or, with no holder, nobody does at the moment. */
  | { readonly kind: 'following'; readonly holder: string | undefined; readonly token: number | undefined }
  /** The store fails; it is tried again. */
  | { readonly kind: 'trouble'; readonly error: ElectionError };

/**
 * Takes part in an election and yields every change. Leave the loop to give up the candidacy: what is held is released.
 *
 * Throws an ElectionError when it cannot take part (see connect.ts) or no longer can (HF-ELECT-TWIN,
 * HF-ELECT-STORE-DENIED, HF-ELECT-FOREIGN-KEY), and the reason of `options.signal` when that aborts.
 */
export async function* election(options: ElectionOptions): AsyncGenerator<Change, never, void> {
  const settings = settingsOf(options);
  settings.signal?.throwIfAborted();
  await connect(settings);
  const changes = queue();
  let current: CurrentTerm | undefined;
  const running = campaign(settings, {
    lead(token) {
      current = termOf(token, settings.holder, running);
      if (settings.signal?.aborted) current.end(settings.signal.reason);
      changes.add({ kind: 'leading', term: current.term });
    },
    lost(because) {
      if (current === undefined) return;
      const { token } = current.term;
      current.end(lostError(token, because));
      current = undefined;
      changes.add({ kind: 'lost', token, because });
    },
    follow(record) {
      const nobody = record === undefined || record.state !== 'held';
      changes.add({
        kind: 'following',
        holder: nobody ? undefined : record.holder,
        token: nobody ? undefined : record.token,
      });
    },
    trouble: (error) => changes.add({ kind: 'trouble', error }),
    fail: (error) => changes.fail(error),
  });
  const stop = () => {
    current?.end(settings.signal?.reason);
    changes.fail(settings.signal?.reason);
  };
  settings.signal?.addEventListener('abort', stop, { once: true });
  if (settings.signal?.aborted) stop();
  try {
    for (;;) {
      const change = await changes.next();
      yield change;
      if (change.kind === 'lost') running.rested();
    }
  } finally {
    settings.signal?.removeEventListener('abort', stop);
    current?.end(lostError(current.term.token, 'released'));
    await running.leave();
  }
}

interface CurrentTerm {
  readonly term: Term;
  end(reason: unknown): void;
}

function termOf(token: number, holder: string, running: Campaign): CurrentTerm {
  const controller = new AbortController();
  const { signal } = controller;
  const isAborted = () => Reflect.get(AbortSignal.prototype, 'aborted', signal) === true;
  const remaining = () => (isAborted() ? 0 : Math.max(0, running.remainingMs()));
  // Code that only looks at the signal learns the truth too, though the timer that aborts it may be late.
  Object.defineProperty(signal, 'aborted', { get: () => remaining() === 0 || isAborted() });
  Object.defineProperty(signal, 'throwIfAborted', { value: check });

  function check(): void {
    if (remaining() > 0) return;
    throw signal.reason ?? lostError(token, 'not renewed in time');
  }

  return {
    term: {
      token,
      holder,
      signal,
      get remainingMs() {
        return remaining();
      },
      get stopWithinMs() {
        return running.stopWithinMs();
      },
      check,
    },
    end: (reason) => controller.abort(reason),
  };
}

function lostError(token: number, because: Loss | 'released'): ElectionError {
  return new ElectionError(
    'HF-ELECT-LOST',
    `the term with token ${token} is over: ${because}`,
    'Stop what was begun under it; what must not be written twice has to check the token where it is written.',
  );
}

interface Changes {
  add(change: Change): void;
  fail(reason: unknown): void;
  next(): Promise<Change>;
}

/** What a slow reader has not yet seen. Only the last of several `following` or `trouble` is kept, so it stays small. */
function queue(): Changes {
  const changes: Change[] = [];
  let failure: { readonly reason: unknown } | undefined;
  let wake = Promise.withResolvers<void>();
  return {
    add(change) {
      const last = changes.at(-1);
      if (last?.kind === change.kind) changes.pop();
      changes.push(change);
      wake.resolve();
    },
    fail(reason) {
      failure ??= { reason };
      wake.resolve();
    },
    async next() {
      for (;;) {
        const next = changes.shift();
        if (failure !== undefined) throw failure.reason;
        if (next !== undefined) return next;
        wake = Promise.withResolvers<void>();
        await wake.promise;
      }
    },
  };
}
