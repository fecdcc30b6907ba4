import type { DedupeEvent } from './events.ts';

/** Hands events to any number of readers. Each has a queue of bounded length, of which the oldest are lost. */
export interface EventQueue {
  emit(event: DedupeEvent): void;
  read(): AsyncGenerator<DedupeEvent, void, void>;
  end(): void;
}

const LONGEST_QUEUE = 256;

interface Reader {
  readonly events: DedupeEvent[];
  wake(): void;
}

export function eventQueue(): EventQueue {
  const readers = new Set<Reader>();
  let ended = false;

  async function* drain(reader: Reader, sleep: () => Promise<void>): AsyncGenerator<DedupeEvent, void, void> {
    try {
      for (;;) {
        const next = reader.events.shift();
        if (next !== undefined) yield next;
        else if (ended) return;
        else await sleep();
      }
    } finally {
      readers.delete(reader);
    }
  }

  return {
    emit(event) {
      for (const reader of readers) {
        if (reader.events.length === LONGEST_QUEUE) reader.events.shift();
        reader.events.push(event);
        reader.wake();
      }
    },
    // Reading begins with this call, not with the first next(): what happens between the two is not missed.
    read() {
      let awake = Promise.withResolvers<void>();
      const reader: Reader = { events: [], wake: () => awake.resolve() };
      readers.add(reader);
      return drain(reader, async () => {
        await awake.promise;
        awake = Promise.withResolvers<void>();
      });
    },
    end() {
      ended = true;
      for (const reader of readers) reader.wake();
    },
  };
}
