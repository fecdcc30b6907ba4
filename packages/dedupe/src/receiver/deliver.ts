import type { Dedupe, TransactionalDedupe } from '../dedupe.ts';
import type { Copy } from './copy.ts';
import type { Entry, Outbox } from './outbox.ts';
import type { Output } from './output.ts';
import { type PacketIds, packetIds } from './packet-ids.ts';
import type { WindowClock } from './window-clock.ts';

/** What stands between the input and the output. */
export interface Delivery {
  receive(copy: Copy): void;
  /** The output asks for these; see OutputOptions. */
  release(packetId: number, written: () => void): void;
  forgetReleases(): void;
  leftDone(packetId: number): void;
  /** Received and not yet worked on. */
  readonly waiting: number;
}

interface Options {
  /** Known a moment later: the output itself needs the delivery. */
  output(): Pick<Output, 'send'>;
  topicFor(topic: string): string;
  fail(error: unknown): void;
}

/** After a restart what was on its way is repeated before anything new: this bounds that time. */
const MOST_ON_THEIR_WAY = 256;

/**
 * The mark of a message and the message itself go into the database in one transaction; only then is it published, and
 * only when the broker has confirmed it are its copies acknowledged. Whatever happened in one turn of the event loop
 * shares a transaction.
 *
 * @param clock of the window: held while copies wait for room on the way out
 */
export function transactionalDelivery(
  dedupe: Pick<TransactionalDedupe<Copy>, 'commit'>,
  outbox: Outbox,
  clock: Pick<WindowClock, 'hold' | 'goOn'>,
  options: Options,
): Delivery {
  const ids = packetIds(outbox.left.map((entry) => entry.packetId));
  /** `seen`: its message was on its way or done with when it came: a copy, however old the mark is when it is judged. */
  const inbox: { readonly copy: Copy; readonly seen: boolean }[] = [];
  const releases: { readonly packetId: number; readonly written: () => void }[] = [];
  const removals: number[] = [];
  /** The copies of each message on its way. Were one acknowledged sooner, the database would be the only place that has it. */
  const onTheirWay = new Map<number, { readonly key: string | undefined; readonly copies: Copy[] }>();
  const copiesByKey = new Map<string, Copy[]>();
  let due = false;
  for (const entry of outbox.left) setOut(entry, []);

  function soon(): void {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      try {
        turn();
      } catch (error) {
        options.fail(error);
      }
    });
  }

  function turn(): void {
    const batch = inbox.splice(0, MOST_ON_THEIR_WAY - ids.taken);
    const released = releases.splice(0);
    const removed = removals.splice(0);
    const fresh = new Map<Copy, Entry>();
    let written = false;
    const writeProgress = () => {
      for (const { packetId } of released) outbox.release(packetId);
      for (const packetId of removed) outbox.remove(packetId);
      written = true;
    };

    const copies = batch.map(({ copy }) => copy);
    const seen = new Set(batch.filter((each) => each.seen || isOnItsWay(each.copy)).map(({ copy }) => copy));
    dedupe.commit(copies, (first) => {
      writeProgress();
      for (const copy of first) {
        if (seen.has(copy)) continue;
        const entry = entryFor(copy, ids, options.topicFor);
        outbox.insert(entry);
        fresh.set(copy, entry);
      }
    });
    if (!written && released.length + removed.length > 0) outbox.together(writeProgress);

    for (const packetId of removed) ids.giveBack(packetId);
    for (const each of released) each.written();
    for (const [copy, entry] of fresh) {
      setOut(entry, [copy]);
      options.output().send(entry, () => arrived(entry.packetId));
    }
    for (const copy of copies) if (!fresh.has(copy)) drop(copy);
    if (inbox.length === 0) clock.goOn();
    else clock.hold();
    if (inbox.length > 0 && ids.taken < MOST_ON_THEIR_WAY) soon();
  }

  function isOnItsWay({ key }: Copy): boolean {
    return copiesByKey.has(key ?? '');
  }

  function setOut({ packetId, key }: Entry, copies: Copy[]): void {
    onTheirWay.set(packetId, { key, copies });
    if (key) copiesByKey.set(key, copies);
  }

  function arrived(packetId: number): void {
    const { key, copies = [] } = onTheirWay.get(packetId) ?? {};
    onTheirWay.delete(packetId);
    if (key) copiesByKey.delete(key);
    for (const each of copies) each.acknowledge();
    removals.push(packetId);
    soon();
  }

  function drop(copy: Copy): void {
    const copies = copiesByKey.get(copy.key ?? '');
    if (copies === undefined) copy.acknowledge();
    else copies.push(copy);
  }

  return {
    receive(copy) {
      inbox.push({ copy, seen: isOnItsWay(copy) || (copy.isRepeated && Boolean(copy.key)) });
      soon();
    },
    release(packetId, written) {
      releases.push({ packetId, written });
      soon();
    },
    forgetReleases() {
      // Those not yet written are of the lost session too: written later they would claim that the new one has them.
      releases.length = 0;
      outbox.forgetReleases();
    },
    leftDone: arrived,
    get waiting() {
      return inbox.length + releases.length + removals.length;
    },
  };
}

/** Publish, then mark, then acknowledge: what was published when the receiver died is published again. */
export function plainDelivery(dedupe: Pick<Dedupe<Copy>, 'handle'>, options: Options): Delivery {
  const ids = packetIds([]);
  let waiting = 0;

  function publish(copy: Copy): Promise<void> {
    const entry = entryFor(copy, ids, options.topicFor);
    return new Promise((resolve) => {
      options.output().send(entry, () => {
        ids.giveBack(entry.packetId);
        resolve();
      });
    });
  }

  return {
    receive(copy) {
      waiting += 1;
      dedupe
        .handle(copy, publish)
        .then(() => copy.acknowledge())
        .catch(options.fail)
        .finally(() => {
          waiting -= 1;
        });
    },
    // Nothing outlives this process, so nothing has to be written first.
    release: (_packetId, written) => written(),
    forgetReleases() {},
    leftDone() {},
    get waiting() {
      return waiting;
    },
  };
}

function entryFor(copy: Copy, ids: PacketIds, topicFor: (topic: string) => string): Entry {
  const { payload, properties, key } = copy;
  return { packetId: ids.take(), topic: topicFor(copy.topic), payload, properties, released: false, key };
}
