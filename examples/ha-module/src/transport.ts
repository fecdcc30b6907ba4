import { findMosquitto, startMosquitto } from './broker.ts';
import { receiveByHttp, receiveFromBroker, type Verdicts } from './receiver.ts';

export interface Transport {
  /** Where modules publish. */
  readonly url: string;
  /** What it is and who checks tokens, for people. */
  readonly description: string;
  close(): Promise<void>;
}

/**
 * A broker and a receiver behind it, or, where Mosquitto is not installed or not wanted, the receiver alone.
 *
 * @param directory for the broker's configuration
 */
export async function openTransport(kind: 'mqtt' | 'http', directory: string, verdicts: Verdicts): Promise<Transport> {
  const program = findMosquitto(process.env);
  if (kind === 'mqtt' && program !== undefined) return overBroker(program, directory, verdicts);
  const receiver = await receiveByHttp(verdicts);
  const why = kind === 'http' ? '' : '; mosquitto is not installed here, with it this is MQTT';
  return {
    url: receiver.url,
    description: `HTTP, straight to the receiver (${receiver.url}${why}); it answers 412 to an old token`,
    close: () => receiver.close(),
  };
}

async function overBroker(program: string, directory: string, verdicts: Verdicts): Promise<Transport> {
  const broker = await startMosquitto(program, directory);
  const receiver = await receiveFromBroker(broker.url, verdicts).catch(async (error: unknown) => {
    await broker.stop();
    throw error;
  });
  return {
    url: broker.url,
    description: `MQTT, through Mosquitto ${broker.version} (${broker.url}), the token in the topic; the receiver drops old ones`,
    async close() {
      await receiver.close();
      await broker.stop();
    },
  };
}
