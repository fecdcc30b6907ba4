import { connect, createServer, type Socket } from 'node:net';

export type Direction = 'to broker' | 'from broker';

/** MQTT 5, section 2.1.2 */
const TYPES = ['', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK'];

/** Where something happens: this packet, before or after it has gone on. */
export interface Step {
  readonly packet: string;
  readonly direction: Direction;
  readonly when: 'before' | 'after';
}

export interface PacketProxy {
  readonly port: number;
  /** Calls `act` at the next packet of this step. "before": the packet never arrives. */
  at(step: Step, act: () => void): void;
  /** The broker is as if it were stopped: connected, and silent. */
  freeze(): void;
  thaw(): void;
  /** Ends the connections that there are. */
  cut(): void;
  close(): void;
}

/** Stands between a client and a broker and knows the packets that pass. */
export async function startProxy(brokerPort: number): Promise<PacketProxy> {
  let armed: { readonly step: Step; readonly act: () => void } | undefined;
  const sockets = new Set<Socket>();

  function pipe(from: Socket, to: Socket, direction: Direction): void {
    let rest = Buffer.alloc(0);
    from.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let length = packetLength(rest); length !== undefined && !from.destroyed; length = packetLength(rest)) {
        pass(rest.subarray(0, length), from, to, direction);
        rest = rest.subarray(length);
      }
    });
    from.on('close', () => to.destroy());
    from.on('error', () => to.destroy());
  }

  function pass(packet: Buffer, from: Socket, to: Socket, direction: Direction): void {
    const type = TYPES[(packet[0] ?? 0) >> 4];
    const hit = armed;
    if (hit === undefined || hit.step.packet !== type || hit.step.direction !== direction) {
      to.write(packet);
      return;
    }
    armed = undefined;
    if (hit.step.when === 'after') {
      to.write(packet, hit.act);
      return;
    }
    // Nothing behind a packet that was lost may arrive: TCP would not do that.
    from.destroy();
    to.destroy();
    hit.act();
  }

  function cut(): void {
    for (const each of sockets) each.destroy();
  }

  const server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1');
    for (const socket of [client, broker]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    pipe(client, broker, 'to broker');
    pipe(broker, client, 'from broker');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    at(step, act) {
      armed = { step, act };
    },
    freeze() {
      for (const each of sockets) each.pause();
    },
    thaw() {
      for (const each of sockets) each.resume();
    },
    cut,
    close() {
      server.close();
      cut();
    },
  };
}

/** Length of the packet at the beginning, or undefined if it is not all there (section 2.1.4). */
function packetLength(buffer: Buffer): number | undefined {
  let remaining = 0;
  for (let index = 1; index <= 4; index += 1) {
    const byte = buffer[index];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** (index - 1);
    if (byte < 0x80) {
      const length = 1 + index + remaining;
      return buffer.length >= length ? length : undefined;
    }
  }
  throw new Error('this is not MQTT');
}
