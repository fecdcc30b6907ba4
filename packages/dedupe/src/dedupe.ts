import type { DedupeEvent, DedupeStatus } from './events.ts';
import { type Arrived, type FrontDesk, firstOf, frontDesk, keysOf } from './front-desk.ts';
import { metricsText } from './metrics.ts';
import { type DedupeOptions, optionError, settingsOf } from './options.ts';
import type { LocalMarks, LocalStore, RemoteMarks, RemoteStore, TransactionalStore } from './store.ts';
import { type Flow, type Turn, turnsOf, turnsOver } from './turns.ts';

/** `first`: nobody has delivered this message, use it. `duplicate`: drop it. */
export type Verdict = 'first' | 'duplicate';

/**
 * Lets the first copy of each message through. What it does about a crash depends on the method:
 *
 * - `admit` marks a message before its verdict is returned. A receiver that dies after that has not used it, and its
 *   copy is dropped after the restart, if the store survives: at most once.
 * - `handle` and `filter` mark a message after it was used: at least once. A copy that comes meanwhile waits.
 * - `commit`, where the store has it, marks in the transaction of the consumer's own writes: exactly once.
 *
 * Several receivers may share a store that outlives a process, but then only `admit` and `commit` use each message once:
 * which copy is in work is known within one receiver, so with `handle` and `filter` two may work on the same one.
 *
 * All reject or throw with a DedupeError when the store fails. After `admit` of a store behind a connection the message
 * may be marked nevertheless: use it then, its copy may pass too. After the others it can be given again.
 */
export interface Dedupe<Message> {
  admit(message: Message): Verdict | Promise<Verdict>;
  /** One round trip for all. The verdicts have the order of the messages. */
  admitAll(messages: readonly Message[]): Verdict[] | Promise<Verdict[]>;
  /**
   * Runs `work` if this is the first copy, and marks it when that has ended well. Resolves when the message is done, by
   * this copy or by another: acknowledge it to the transport then. If `work` rejects, so does this, nothing is marked,
   * and a copy that waits is worked on in its place. Copies wait for those in this receiver only: see `workedTwice`.
   */
  handle(message: Message, work: (message: Message) => unknown): Promise<Verdict>;
  /** The same for a batch: `work` is given the first copies, and is not called if there are none. */
  handleAll(messages: readonly Message[], work: (first: readonly Message[]) => unknown): Promise<Verdict[]>;
  /**
   * The first copies. Each is marked when the next one is asked for, that is when the body of the `for await` has ended;
   * one whose body threw or left the loop is not marked.
   */
  filter(messages: AsyncIterable<Message> | Iterable<Message>): AsyncGenerator<Message, void, void>;
  /** What happens from now on. Ends with close(). A reader that falls more than 256 events behind loses the oldest. */
  events(): AsyncGenerator<DedupeEvent, void, void>;
  status(): DedupeStatus;
  /** Prometheus's text format. Names begin with `holdfast_dedupe_`. */
  metrics(): string;
  /** Ends the events and the store's connection. */
  close(): Promise<void>;
}

/** Over a store at hand (memory, SQLite) nothing has to be awaited. */
export interface LocalDedupe<Message> extends Dedupe<Message> {
  admit(message: Message): Verdict;
  admitAll(messages: readonly Message[]): Verdict[];
}

export interface TransactionalDedupe<Message> extends LocalDedupe<Message> {
  /**
   * Marks the messages and runs `work` with the first copies in one transaction of the store's database. `work` writes
   * through the same connection and returns nothing to wait for. If it throws, nothing is written and nothing marked.
   */
  commit(messages: readonly Message[], work: (first: readonly Message[]) => void): Verdict[];
}

export interface RemoteDedupe<Message> extends Dedupe<Message> {
  admit(message: Message): Promise<Verdict>;
  admitAll(messages: readonly Message[]): Promise<Verdict[]>;
}

/**
 * Opens the store. Throws HF-DEDUPE-OPTION for options that cannot be used, HF-DEDUPE-MEMORY, and what the store has
 * to say: HF-DEDUPE-STORE-UNREACHABLE, HF-DEDUPE-STORE-DENIED, HF-DEDUPE-FOREIGN-STORE.
 */
export function dedupe<Message>(
  options: DedupeOptions<Message, TransactionalStore>,
): Promise<TransactionalDedupe<Message>>;
export function dedupe<Message>(options: DedupeOptions<Message, LocalStore>): Promise<LocalDedupe<Message>>;
export function dedupe<Message>(options: DedupeOptions<Message, RemoteStore>): Promise<RemoteDedupe<Message>>;
export function dedupe<Message>(options: DedupeOptions<Message>): Promise<Dedupe<Message>>;
export async function dedupe<Message>(options: DedupeOptions<Message>): Promise<Dedupe<Message>> {
  const settings = settingsOf(options);
  const { store } = options;
  const { window, clock } = settings;
  const desk = frontDesk(settings, store.name);
  if (store.kind === 'remote') {
    const marks = await store.open(window);
    await openDesk(desk, marks);
    return remoteDedupe(desk, marks);
  }
  const marks = store.open(window, clock, desk.forget);
  await openDesk(desk, marks);
  return localDedupe(desk, marks);
}

/** The desk may want memory for the sources; if there is none, the store is not left open. */
async function openDesk<Message>(desk: FrontDesk<Message>, marks: LocalMarks | RemoteMarks): Promise<void> {
  try {
    desk.open(marks);
  } catch (error) {
    await marks.close();
    throw error;
  }
}

function remoteDedupe<Message>(desk: FrontDesk<Message>, marks: RemoteMarks): RemoteDedupe<Message> {
  async function admitAll(messages: readonly Message[]): Promise<Verdict[]> {
    const arrived = desk.arrive(messages);
    return desk.judge(arrived, await marks.mark(keysOf(arrived)));
  }
  return {
    ...common(desk, {
      claim(keys) {
        if (marks.unseen !== undefined) return marks.unseen(keys);
        throw optionError(
          `handle or filter over ${desk.storeName}, which cannot look without marking,`,
          'Use admit, or another store.',
        );
      },
      confirm: async (keys) => desk.confirmed(await marks.mark(keys)),
      release: () => undefined,
      close: () => marks.close(),
    }),
    admitAll,
    admit: async (message) => (await admitAll([message]))[0] ?? 'first',
  };
}

function localDedupe<Message>(
  desk: FrontDesk<Message>,
  marks: LocalMarks,
): LocalDedupe<Message> & Partial<Pick<TransactionalDedupe<Message>, 'commit'>> {
  const { table, transaction } = marks;
  const markArrived = (arrived: Arrived<Message>) => arrived.fresh ?? marks.mark(keysOf(arrived));
  const admitAll = (messages: readonly Message[]) => {
    const arrived = desk.arrive(messages);
    return desk.judge(arrived, markArrived(arrived));
  };
  return {
    ...common(
      desk,
      table === undefined
        ? {
            claim: (keys) => marks.unseen(keys),
            confirm: (keys) => desk.confirmed(marks.mark(keys)),
            release: () => undefined,
            close: () => marks.close(),
          }
        : {
            // These marks end with the process, so marking first and taking the mark back is marking afterwards.
            claim: (keys) => marks.mark(keys),
            confirm: () => undefined,
            // The newest first: then nothing has to be moved for them.
            release: (keys) => keys.toReversed().forEach(table.remove),
            close: () => marks.close(),
          },
    ),
    admitAll,
    admit: (message) => admitAll([message])[0] ?? 'first',
    ...(transaction === undefined
      ? {}
      : {
          commit(messages, work) {
            const arrived = desk.arrive(messages);
            return desk.judge(
              arrived,
              transaction(() => {
                const fresh = markArrived(arrived);
                const answer: unknown = work(firstOf(arrived, fresh));
                if (answer instanceof Promise) {
                  throw optionError('work that returns a promise', 'Write in commit without waiting for anything.');
                }
                return fresh;
              }),
            );
          },
        }),
  };
}

/** What marks after the work, and what looks on: the same over all stores. */
function common<Message>(
  desk: FrontDesk<Message>,
  flow: Flow & { close(): unknown },
): Omit<Dedupe<Message>, 'admit' | 'admitAll'> {
  const turns = turnsOver<Message>(flow);

  async function handleAll(
    messages: readonly Message[],
    work: (first: readonly Message[]) => unknown,
  ): Promise<Verdict[]> {
    const all = turnsOf(desk.arrive(messages));
    for (let left = all; left.length > 0; ) {
      const { first, waiting } = await turns.take(left);
      if (first.length > 0) await workOn(first, work);
      left = await turns.wait(waiting);
    }
    const verdicts = all.map((each) => each.verdict);
    const copies = verdicts.filter((each) => each === 'duplicate').length;
    desk.count('duplicate', copies);
    desk.count('first', verdicts.length - copies);
    return verdicts;
  }

  async function workOn(first: readonly Turn<Message>[], work: (first: readonly Message[]) => unknown): Promise<void> {
    let well = false;
    try {
      await work(first.map((each) => each.message));
      well = true;
    } finally {
      await turns.end(first, well);
    }
  }

  /** The message's turn, if there is one for it. */
  async function turnFor(message: Message): Promise<readonly Turn<Message>[]> {
    for (let left = turnsOf(desk.arrive([message])); ; ) {
      const { first, waiting } = await turns.take(left);
      if (waiting.length === 0) return first;
      left = await turns.wait(waiting);
    }
  }

  return {
    handleAll,
    handle: async (message, work) => (await handleAll([message], () => work(message)))[0] ?? 'first',
    async *filter(messages) {
      for await (const message of messages) {
        const first = await turnFor(message);
        desk.count(first.length > 0 ? 'first' : 'duplicate', 1);
        if (first.length === 0) continue;
        let well = false;
        try {
          yield message;
          well = true;
        } finally {
          await turns.end(first, well);
        }
      }
    },
    events: desk.events.read,
    status: desk.status,
    metrics: () => metricsText(desk.status()),
    async close() {
      if (desk.close()) await flow.close();
    },
  };
}
