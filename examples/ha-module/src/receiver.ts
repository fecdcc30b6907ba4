import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fencedHandler, type Gate, memoryGate } from '@holdfast/election/fencing';
import { connectAsync } from 'mqtt';
import { listen } from './listen.ts';
import { readMessage, type StrokeMessage, strokesTopic } from './message.ts';

/** What the receiver made of each message. */
export interface Verdicts {
  accepted(token: number, message: StrokeMessage): void;
  refused(token: number): void;
}

export interface Receiver {
  /** Where modules publish. */
  readonly url: string;
  close(): Promise<void>;
}

/** Subscribes to every leader's topic at a broker, and drops what is of an old leader. */
export async function receiveFromBroker(url: string, verdicts: Verdicts): Promise<Receiver> {
  const gate = toldGate(verdicts);
  const client = await connectAsync(url);
  client.on('message', (topic, payload) => {
    if (!strokesTopic.admits(topic, gate)) return;
    const message = readMessage(payload.toString());
    if (message !== undefined) verdicts.accepted(gate.lastToken, message);
  });
  await client.subscribeAsync(strokesTopic.filter, { qos: 1 });
  return { url, close: () => client.endAsync() };
}

/** An HTTP server that answers 412 to an old leader. */
export async function receiveByHttp(verdicts: Verdicts): Promise<Receiver> {
  const gate = toldGate(verdicts);
  const server = createServer(
    fencedHandler(gate, async (request, response, { token, stillAdmitted }) => {
      const message = readMessage(await text(request));
      // While the body came, a newer leader may have been heard.
      if (!stillAdmitted()) {
        response.writeHead(412).end();
        return;
      }
      if (message !== undefined) verdicts.accepted(token, message);
      response.writeHead(message === undefined ? 400 : 204).end();
    }),
  );
  return {
    url: await listen(server),
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface ToldGate extends Gate {
  readonly lastToken: number;
}

/** A gate that also tells what it refused. */
function toldGate(verdicts: Verdicts): ToldGate {
  const gate = memoryGate();
  let lastToken = 0;
  return {
    get lastToken() {
      return lastToken;
    },
    admits(token) {
      const admitted = gate.admits(token);
      if (admitted) lastToken = token;
      else verdicts.refused(token);
      return admitted;
    },
  };
}
