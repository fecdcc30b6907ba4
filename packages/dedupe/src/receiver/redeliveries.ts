import type { IPublishPacket } from 'mqtt';

/** Messages that came and are not done with, over the connections of one session. */
export interface Redeliveries {
  /**
   * @param acknowledge of the connection that it came on
   * @returns what acknowledges it, on the connection that it came on last; undefined if it is there already: the broker
   * repeats it after a connection was lost
   */
  take(packet: IPublishPacket, connection: object, acknowledge: () => void): (() => void) | undefined;
  /** How many are held. */
  readonly held: number;
}

/** However often the broker repeats what waits here, it is here once: that bounds the memory. */
export function redeliveries(): Redeliveries {
  const held = new Map<number, { readonly packet: IPublishPacket; connection: object; acknowledge: () => void }>();
  return {
    take(packet, connection, acknowledge) {
      const packetId = packet.messageId ?? 0;
      const before = held.get(packetId);
      if (packet.dup && before && before.connection !== connection && isSame(before.packet, packet)) {
        before.connection = connection;
        before.acknowledge = acknowledge;
        return undefined;
      }
      const taken = { packet, connection, acknowledge };
      held.set(packetId, taken);
      return () => {
        if (held.get(packetId) === taken) held.delete(packetId);
        taken.acknowledge();
      };
    },
    get held() {
      return held.size;
    },
  };
}

/** In a new session the number may be another message's. */
function isSame(one: IPublishPacket, other: IPublishPacket): boolean {
  return one.topic === other.topic && Buffer.from(one.payload).equals(Buffer.from(other.payload));
}
