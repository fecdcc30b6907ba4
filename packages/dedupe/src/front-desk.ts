import type { Verdict } from './dedupe.ts';
import { DedupeError } from './errors.ts';
import { type EventQueue, eventQueue } from './event-queue.ts';
import type { DedupeStatus } from './events.ts';
import { optionError, type Settings } from './options.ts';
import { followSources, type Sources } from './sources.ts';
import type { LocalMarks, RemoteMarks } from './store.ts';
import { inGroups } from './table/groups.ts';
import { type Forget, type MarkTable, markTable, newSecret } from './table/mark-table.ts';

/** Messages with their keys. */
export interface Arrived<Message> {
  readonly messages: readonly Message[];
  readonly keys: readonly string[];
  /** Which message each key belongs to; undefined if all messages have one. */
  readonly places: readonly number[] | undefined;
  /** For each key whether it was marked now, where the marks are in the table that arriving messages pass. */
  readonly fresh: boolean[] | undefined;
}

/** Where every message passes on its way in, and is counted: keys, sources, verdicts, events. */
export interface FrontDesk<Message> {
  readonly storeName: string;
  readonly events: EventQueue;
  /** For the store to call. */
  readonly forget: Forget;
  open(marks: LocalMarks | RemoteMarks): void;
  arrive(messages: readonly Message[]): Arrived<Message>;
  judge(arrived: Arrived<Message>, fresh: readonly boolean[]): Verdict[];
  count(verdict: Verdict, messages: number): void;
  /** Messages were marked after the work: fresh, or marked by somebody else meanwhile. */
  confirmed(fresh: readonly boolean[]): void;
  status(): DedupeStatus;
  /** False if it was closed already. */
  close(): boolean;
}

const LOOK_MS = 1000;
/** Entries whose time is over are dropped as new ones come; this many more each second if none come. */
const SWEEP_A_SECOND = 20_000;

export function frontDesk<Message>(settings: Settings<Message>, storeName: string): FrontDesk<Message> {
  const { key: keyOf, source: sourceOf, sequence: sequenceOf, window, clock } = settings;
  const originMs = clock();
  const events = eventQueue();
  const sources: Sources = followSources(settings.sources, settings.silentMs, 0, events.emit);
  const forget: Forget = (from, early) => {
    if (!early) sources.over(from);
  };
  let table: MarkTable | undefined;
  let isShared = false;
  let marks: LocalMarks | RemoteMarks | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let latestMs = 0;
  let lookedMs = 0;
  let first = 0;
  let duplicates = 0;
  let withoutKey = 0;
  let workedTwice = 0;
  let earlySaid = 0;

  function now(): number {
    latestMs = Math.max(latestMs, Math.floor(clock() - originMs));
    return latestMs;
  }

  function look(nowMs: number): void {
    const sinceMs = nowMs - lookedMs;
    lookedMs = nowMs;
    table?.advance(nowMs);
    table?.sweep(SWEEP_A_SECOND);
    const total = marks?.forgottenEarly ?? 0;
    if (total > earlySaid) events.emit({ kind: 'overflow', forgotten: total - earlySaid, total });
    earlySaid = total;
    // After a pause of this process the messages of that time are still to be read: nobody is silent before they are.
    if (sinceMs < settings.silentMs + LOOK_MS) sources.look(nowMs);
  }

  function passSources(messages: readonly Message[], nowMs: number): Uint8Array | undefined {
    if (sourceOf === undefined) return undefined;
    const bits = new Uint8Array(messages.length);
    messages.forEach((message, at) => {
      const source = sourceOf(message);
      sources.heard(source, sequenceOf?.(message), nowMs);
      bits[at] = sources.bitOf(source);
    });
    return bits;
  }

  function passTable(keys: readonly string[], bits: Uint8Array | undefined): boolean[] | undefined {
    if (table === undefined) return undefined;
    const fresh: boolean[] = [];
    inGroups(table, keys, bits, (at, ageMs, before) => {
      fresh.push(ageMs < 0);
      if (bits !== undefined) sources.copy(bits[at] ?? 0, ageMs, before);
    });
    return isShared ? fresh : undefined;
  }

  return {
    storeName,
    events,
    forget,
    open(opened) {
      marks = opened;
      if ('table' in opened && opened.table !== undefined) {
        table = opened.table;
        isShared = true;
      } else if (sourceOf !== undefined) {
        table = markTable(window, newSecret(), forget);
      }
      timer = setInterval(() => look(now()), LOOK_MS).unref();
    },
    arrive(messages) {
      if (closed) throw new DedupeError('HF-DEDUPE-CLOSED', 'a message came after close()', 'Close it last.');
      const nowMs = now();
      table?.advance(nowMs);
      const keys: string[] = [];
      let places: number[] | undefined;
      let bits = passSources(messages, nowMs);
      for (let at = 0; at < messages.length; at += 1) {
        const message = messages[at];
        const key: unknown = message === undefined ? undefined : keyOf(message);
        if (key !== undefined && typeof key !== 'string') throw notText(key);
        if (typeof key === 'string' && key !== '') {
          keys.push(key);
          places?.push(at);
        } else {
          places ??= Array.from(keys, (_, place) => place);
          if (withoutKey === 0) events.emit({ kind: 'no-key' });
          withoutKey += 1;
        }
      }
      if (places !== undefined) bits = bits && Uint8Array.from(places, (place) => bits?.[place] ?? 0);
      const fresh = passTable(keys, bits);
      if (nowMs - lookedMs >= LOOK_MS) look(nowMs);
      return { messages, keys, places, fresh };
    },
    judge({ messages, places }, fresh) {
      const verdicts: Verdict[] = [];
      let copies = 0;
      if (places === undefined) {
        for (const each of fresh) verdicts.push(each ? 'first' : 'duplicate');
      } else {
        for (let at = 0; at < messages.length; at += 1) verdicts.push('first');
        places.forEach((place, at) => {
          if (!fresh[at]) verdicts[place] = 'duplicate';
        });
      }
      for (const each of fresh) if (!each) copies += 1;
      first += verdicts.length - copies;
      duplicates += copies;
      return verdicts;
    },
    count(verdict, number) {
      if (verdict === 'first') first += number;
      else duplicates += number;
    },
    confirmed(fresh) {
      for (const each of fresh) if (!each) workedTwice += 1;
    },
    status() {
      const nowMs = now();
      table?.advance(nowMs);
      table?.sweep(SWEEP_A_SECOND);
      return {
        store: storeName,
        first,
        duplicates,
        withoutKey,
        workedTwice,
        forgottenEarly: marks?.forgottenEarly ?? 0,
        sources: sources.status(nowMs),
      };
    },
    close() {
      if (closed) return false;
      closed = true;
      clearInterval(timer);
      events.end();
      return true;
    },
  };
}

export function keysOf({ keys }: Arrived<unknown>): readonly string[] {
  return keys;
}

/** The messages that are first copies: those whose key is fresh, and those that have none. */
export function firstOf<Message>({ messages, places }: Arrived<Message>, fresh: readonly boolean[]): Message[] {
  if (places === undefined) return messages.filter((_, at) => fresh[at]);
  const dropped = new Set(places.filter((_, at) => !fresh[at]));
  return messages.filter((_, at) => !dropped.has(at));
}

/** Taken for "no key" it would let every copy pass, and nobody would know. */
function notText(key: unknown): DedupeError {
  return optionError(`a key of type ${typeof key}`, 'Return a string: `String(message.id)`.');
}
