import { FENCING_HEADER } from '@holdfast/election/fencing';
import { connectAsync } from 'mqtt';
import { reasonOf } from './command-line.ts';
import { type StrokeMessage, strokesTopic } from './message.ts';

/** What a leader publishes through. Every message carries the leader's token. */
export interface Publisher {
  /** Resolves when the other side has it: a broker, which checks nothing, or the receiver itself, which may refuse it. */
  publish(token: number, message: StrokeMessage): Promise<'sent' | 'accepted' | 'refused'>;
  close(): Promise<void>;
}

/** @param url `mqtt://…`: a broker; `http://…`: a receiver that checks the token in the request's header */
export async function openPublisher(url: string): Promise<Publisher> {
  return url.startsWith('mqtt') ? mqttPublisher(url) : httpPublisher(url);
}

async function mqttPublisher(url: string): Promise<Publisher> {
  const options = { connectTimeout: CONNECT_MS };
  // At the start an answer is wanted, not a retry; once connected, it connects again by itself.
  const client = await connectAsync(url, options, false).catch((error: unknown) => {
    throw new Error(`--publish ${withoutLogin(url)}: no broker answers: ${reasonOf(error)}`, { cause: error });
  });
  client.on('error', (error) => console.error(`--publish ${withoutLogin(url)}: ${reasonOf(error)}`));
  return {
    async publish(token, message) {
      await client.publishAsync(strokesTopic.publish(token), JSON.stringify(message), { qos: 1 });
      return 'sent';
    },
    // A broker that is away would not let it end.
    close: () => client.endAsync(!client.connected),
  };
}

const CONNECT_MS = 5000;

function withoutLogin(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

function httpPublisher(url: string): Publisher {
  return {
    async publish(token, message) {
      const headers = { [FENCING_HEADER]: String(token), 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(message) }).catch((error) => {
        throw new Error(`--publish ${url} gives no answer: ${reasonOf(error)}`, { cause: error });
      });
      await response.arrayBuffer();
      // 412 Precondition Failed: another leader has a higher token.
      if (response.status === 412) return 'refused';
      if (!response.ok) throw new Error(`--publish ${url} answered ${response.status}`);
      return 'accepted';
    },
    close: async () => undefined,
  };
}
