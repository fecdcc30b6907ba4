/** Acknowledgements of one connection, sent in the order in which the messages came (MQTT 5, section 4.6). */
export interface Acknowledgements {
  /** Call it for each message as it comes; call what it returns when the message may be acknowledged. */
  expect(packetId: number): () => void;
  /** Messages that came and are not acknowledged. */
  readonly open: number;
}

/**
 * @param write is given PUBACK packets, many at once where they are due together. It belongs to the connection that the
 * messages came on: on another one the same number may mean another message, which would be lost.
 */
export function acknowledgements(write: (packets: Buffer) => void): Acknowledgements {
  const open: { readonly packetId: number; done: boolean }[] = [];
  let due = false;

  function flush(): void {
    due = false;
    const firstOpen = open.findIndex((each) => !each.done);
    const ready = open.splice(0, firstOpen === -1 ? open.length : firstOpen);
    if (ready.length > 0) write(Buffer.concat(ready.map(({ packetId }) => puback(packetId))));
  }

  return {
    expect(packetId) {
      const entry = { packetId, done: false };
      open.push(entry);
      return () => {
        if (entry.done) return;
        entry.done = true;
        if (due || open[0] !== entry) return;
        due = true;
        setImmediate(flush);
      };
    },
    get open() {
      return open.length;
    },
  };
}

/** Section 3.4: without a reason code and properties it means success. */
function puback(packetId: number): Buffer {
  return Buffer.from([0x40, 2, packetId >> 8, packetId & 0xff]);
}
