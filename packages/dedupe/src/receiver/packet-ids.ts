const HIGHEST = 65_535;

/** MQTT's numbers for messages on their way, taken in a circle: one that was just given back is taken last. */
export interface PacketIds {
  take(): number;
  giveBack(packetId: number): void;
  readonly taken: number;
}

export function packetIds(inUse: readonly number[]): PacketIds {
  const taken = new Set(inUse);
  let last = inUse.at(-1) ?? 0;
  return {
    take() {
      // The receiver holds far fewer messages than there are numbers; a full circle would be a mistake in it.
      if (taken.size === HIGHEST) throw new RangeError('no packet id is free');
      do last = (last % HIGHEST) + 1;
      while (taken.has(last));
      taken.add(last);
      return last;
    },
    giveBack: (packetId) => void taken.delete(packetId),
    get taken() {
      return taken.size;
    },
  };
}
