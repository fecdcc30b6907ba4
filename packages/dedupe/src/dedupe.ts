import { DedupeError } from './errors.ts';
import type { DedupeEvent, DedupeStatus } from './events.ts';
import type { DedupeOptions } from './options.ts';
import type { LocalStore, RemoteStore, TransactionalStore } from './store.ts';

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
 * All reject or throw with a DedupeError when the store fails; nothing is then let through or dropped.
 */
export interface Dedupe<Message> {
  admit(message: Message): Verdict | Promise<Verdict>;
  /** One round trip for all. The verdicts have the order of the messages. */
  admitAll(messages: readonly Message[]): Verdict[] | Promise<Verdict[]>;
  /**
   * Runs `work` if this is the first copy, and marks it when that has ended well. Resolves when the message is done, by
   * this copy or by another: acknowledge it to the transport then. If `work` rejects, so does this, nothing is marked,
   * and a copy that waits is worked on in its place.
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
export async function dedupe<Message>(_options: DedupeOptions<Message>): Promise<Dedupe<Message>> {
  throw new DedupeError('HF-DEDUPE-OPTION', 'not built yet', 'Wait.');
}
