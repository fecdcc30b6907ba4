/** Lets several tasks that run at the same time feed one reader, in the order of the events. */
export interface EventQueue<Event> {
  push(event: Event): void;
  /** Yields what is pushed until `work` settles and everything is read; then throws what `work` threw. */
  during(work: Promise<void>): AsyncGenerator<Event, void>;
}

export function eventQueue<Event>(): EventQueue<Event> {
  const waiting: Event[] = [];
  let wake = () => {};
  return {
    push(event) {
      waiting.push(event);
      wake();
    },
    async *during(work) {
      let settled = false;
      const done = work.then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      done.then(() => {
        settled = true;
        wake();
      });
      try {
        while (!settled || waiting.length > 0) {
          const event = waiting.shift();
          if (event !== undefined) yield event;
          else await more();
        }
      } finally {
        // Also when the reader has gone: what was begun is finished.
        await done;
      }
      const failure = await done;
      if (failure !== undefined) throw failure.error;

      function more(): Promise<void> {
        return new Promise((resolve) => {
          wake = resolve;
          if (settled) resolve();
        });
      }
    },
  };
}
