/** Messages with QoS 0. The broker does not keep them, so only what is not read holds them back. */
export interface Qos0 {
  /**
   * Passes a message on as soon as there is room, and then asks for the next one.
   *
   * @param pass is given what to call when the message is done with
   * @param goOn reads on
   */
  take(pass: (done: () => void) => void, goOn: () => void): void;
  /** How many have come. */
  readonly received: number;
  /** Nothing is read because there is no room. */
  readonly isFull: boolean;
}

/** @param most that are passed on and not done with */
export function qos0(most: number): Qos0 {
  let received = 0;
  let open = 0;
  let held: (() => void) | undefined;

  function admit(pass: (done: () => void) => void, goOn: () => void): void {
    let isDone = false;
    open += 1;
    pass(() => {
      if (isDone) return;
      isDone = true;
      open -= 1;
      const next = held;
      held = undefined;
      next?.();
    });
    goOn();
  }

  return {
    take(pass, goOn) {
      received += 1;
      if (open < most) admit(pass, goOn);
      // One of a connection that has ended meanwhile gives way: nothing is promised for QoS 0.
      else held = () => admit(pass, goOn);
    },
    get received() {
      return received;
    },
    get isFull() {
      return held !== undefined;
    },
  };
}
