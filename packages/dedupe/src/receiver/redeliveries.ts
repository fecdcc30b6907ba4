import { createHash } from 'node:crypto';
import type { IPublishPacket } from 'mqtt';

/** A message as it was taken in. */
export interface Receipt {
  /** On the connection that it came on last: the broker may forget it. */
  acknowledge(): void;
  /** It was done with before: the broker repeats it because the acknowledgement was lost with its connection. */
  readonly isRepeated: boolean;
}

/** Messages of one session over its connections, by their packet ids, under which a broker repeats them. */
export interface Redeliveries {
  /**
   * @param acknowledge of the connection that it came on
   * @returns undefined if it is here already and not done with; it is then acknowledged on this connection
   */
  take(packet: IPublishPacket, connection: object, acknowledge: () => void): Receipt | undefined;
  /** How many are not done with. */
  readonly held: number;
}

interface Taken {
  readonly packet: IPublishPacket;
  connection: object;
  acknowledge: () => void;
}

/**
 * However often the broker repeats what waits here, it is here once: that bounds the memory.
 *
 * @param most that the broker sends without an acknowledgement: no more acknowledgements can have been lost
 */
export function redeliveries(most: number): Redeliveries {
  const held = new Map<number, Taken>();
  const done = new Map<number, { readonly connection: object; readonly digest: string }>();

  function noteDone(packetId: number, { packet, connection }: Taken): void {
    done.delete(packetId);
    done.set(packetId, { connection, digest: digestOf(packet) });
    const [oldest] = done.keys();
    if (done.size > most && oldest !== undefined) done.delete(oldest);
  }

  return {
    take(packet, connection, acknowledge) {
      const packetId = packet.messageId ?? 0;
      // In a new session the number may be another message's.
      const isSameAs = (before: { connection: object; digest: string }) =>
        packet.dup && before.connection !== connection && before.digest === digestOf(packet);
      const here = held.get(packetId);
      if (here !== undefined && isSameAs({ connection: here.connection, digest: digestOf(here.packet) })) {
        here.connection = connection;
        here.acknowledge = acknowledge;
        return undefined;
      }
      const before = done.get(packetId);
      const taken = { packet, connection, acknowledge };
      held.set(packetId, taken);
      return {
        isRepeated: before !== undefined && isSameAs(before),
        acknowledge() {
          if (held.get(packetId) === taken) {
            held.delete(packetId);
            noteDone(packetId, taken);
          }
          taken.acknowledge();
        },
      };
    },
    get held() {
      return held.size;
    },
  };
}

/** Of all that a key is read from. */
function digestOf({ topic, payload, properties }: IPublishPacket): string {
  const head = JSON.stringify([topic, properties?.userProperties]);
  return createHash('sha256').update(head).update(payload).digest('base64');
}
