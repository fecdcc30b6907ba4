/** Lets work that runs at the same time feed one reader, in the order of the events. Its writers keep it short. */
export interface EventQueue<Event> {
  push(event: Event): void;
  /** Yields what is pushed until `work` settles and everything is read; then returns or throws what it came to. */
  during<Result>(work: Promise<Result>): AsyncGenerator<Event, Result>;
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
      let isSettled = false;
      const settle = () => {
        isSettled = true;
        wake();
      };
      work.then(settle, settle);
      while (!isSettled || waiting.length > 0) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      return work;
    },
  };
}
