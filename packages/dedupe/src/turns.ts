import type { Verdict } from './dedupe.ts';
import type { Arrived } from './front-desk.ts';

/** What marking after the work needs of a store. */
export interface Flow {
  /** True for each key that may be worked on. */
  claim(keys: readonly string[]): readonly boolean[] | Promise<readonly boolean[]>;
  /** The work on these has ended well. */
  confirm(keys: readonly string[]): unknown;
  /** The work on these has failed. */
  release(keys: readonly string[]): void;
}

/** A message on its way through `handle` or `filter`. */
export interface Turn<Message> {
  readonly message: Message;
  readonly key: string | undefined;
  /** What the arrival already said: may it be worked on? */
  fresh: boolean | undefined;
  /** While another copy is worked on: whether that ended well. */
  other?: Promise<boolean>;
  verdict: Verdict;
}

/** Lets one copy of each key at a time be worked on in this process; the others wait for how that ends. */
export interface Turns<Message> {
  /** Those whose turn it is, and those that have to wait for another copy. The rest are duplicates. */
  take(turns: readonly Turn<Message>[]): Promise<{ first: Turn<Message>[]; waiting: Turn<Message>[] }>;
  /** Ends the work on the first ones. */
  end(first: readonly Turn<Message>[], well: boolean): Promise<void>;
  /** Resolves when the copies that these wait for have ended: with those whose copy failed, the rest are duplicates. */
  wait(waiting: readonly Turn<Message>[]): Promise<Turn<Message>[]>;
}

export function turnsOver<Message>(flow: Flow): Turns<Message> {
  /** Keys that are being worked on, with what resolves when the batch that they came in has ended. */
  const inWork = new Map<string, PromiseWithResolvers<boolean>>();

  function leave(turns: readonly Turn<Message>[]): void {
    for (const { key } of turns) if (key !== undefined) inWork.delete(key);
  }

  async function ask(mine: readonly Turn<Message>[]): Promise<void> {
    const unknown = mine.filter((each) => each.fresh === undefined);
    if (unknown.length === 0) return;
    const fresh = await flow.claim(keysIn(unknown));
    unknown.forEach((each, at) => {
      each.fresh = fresh[at] === true;
    });
  }

  return {
    async take(turns) {
      const batch = Promise.withResolvers<boolean>();
      const mine: Turn<Message>[] = [];
      const waiting: Turn<Message>[] = [];
      for (const each of turns) {
        if (each.key === undefined) continue;
        const other = inWork.get(each.key);
        if (other !== undefined) {
          each.fresh = undefined;
          each.other = other.promise;
          waiting.push(each);
        } else {
          inWork.set(each.key, batch);
          mine.push(each);
        }
      }
      try {
        await ask(mine);
      } catch (error) {
        leave(mine);
        batch.resolve(false);
        throw error;
      }
      const copies = mine.filter((each) => !each.fresh);
      for (const each of copies) each.verdict = 'duplicate';
      leave(copies);
      const first = turns.filter((each) => each.key === undefined || each.fresh === true);
      if (copies.length === mine.length) batch.resolve(true);
      return { first, waiting };
    },
    async end(first, well) {
      const keys = keysIn(first);
      let done = false;
      try {
        if (well && keys.length > 0) await flow.confirm(keys);
        else flow.release(keys);
        done = well;
      } finally {
        const batch = inWork.get(keys[0] ?? '');
        leave(first);
        batch?.resolve(done);
      }
    },
    async wait(waiting) {
      const left: Turn<Message>[] = [];
      for (const each of waiting) {
        // Whoever waited through a long work must not ask the store: its window may be over by now.
        if (await each.other) each.verdict = 'duplicate';
        else left.push(each);
      }
      return left;
    },
  };
}

export function turnsOf<Message>({ messages, keys, places, fresh }: Arrived<Message>): Turn<Message>[] {
  const verdict: Verdict = 'first';
  if (places === undefined)
    return messages.map((message, at) => ({ message, key: keys[at], fresh: fresh?.[at], verdict }));
  const turns: Turn<Message>[] = messages.map((message) => ({ message, key: undefined, fresh: undefined, verdict }));
  places.forEach((place, at) => {
    const turn = turns[place];
    if (turn !== undefined) turns[place] = { ...turn, key: keys[at], fresh: fresh?.[at] };
  });
  return turns;
}

function keysIn(turns: readonly Turn<unknown>[]): string[] {
  return turns.flatMap(({ key }) => (key === undefined ? [] : [key]));
}
