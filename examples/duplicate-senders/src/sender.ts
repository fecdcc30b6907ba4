import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import mqtt from 'mqtt';
import { processReading, type Reading, readingIn } from './reading.ts';
import { openSpool } from './spool.ts';

/**
 * One host of the pair: reads every reading, makes its message, publishes it. It knows nothing of the other host.
 *   sender --name A --machine URL --broker mqtt://… --topic cell-7/A/press-7 --spool FILE
 */
const { values } = parseArgs({
  options: {
    name: { type: 'string', default: '' },
    machine: { type: 'string', default: '' },
    broker: { type: 'string', default: '' },
    topic: { type: 'string', default: '' },
    spool: { type: 'string', default: '' },
  },
});

/** Unacknowledged at once, if the broker allows as many (its receive maximum). */
const BATCH = 100;

const spool = openSpool(values.spool);
const client = mqtt.connect(values.broker, { protocolVersion: 5, clientId: values.name, reconnectPeriod: 100 });
client.on('error', (error) => console.error(`${values.name}: ${error.message}`));
await Promise.all([acceptForever(), publishForever()]);

async function acceptForever(): Promise<never> {
  for (;;) {
    try {
      const readings = await read(spool.position());
      spool.accept(
        readings.map((reading) => ({
          number: reading.number,
          message: JSON.stringify(processReading('press-7', reading)),
        })),
      );
    } catch (error) {
      console.error(`${values.name}: the machine does not answer: ${error instanceof Error ? error.message : error}`);
      await sleep(100);
    }
  }
}

async function read(after: number): Promise<Reading[]> {
  const response = await fetch(`${values.machine}?after=${after}`, { signal: AbortSignal.timeout(5000) });
  const answer: unknown = await response.json();
  if (!Array.isArray(answer)) throw new TypeError('the answer is no list');
  return answer.map(readingIn);
}

/** In order, at least once: what was published without an acknowledgement is published again. */
async function publishForever(): Promise<never> {
  for (;;) {
    const batch = spool.oldest(Math.min(BATCH, client.serverProperties?.receiveMaximum ?? BATCH));
    const last = batch.at(-1);
    if (last === undefined) {
      await sleep(2);
      continue;
    }
    try {
      await Promise.all(batch.map(({ message }) => client.publishAsync(values.topic, message, { qos: 1 })));
      spool.acknowledged(last.number);
    } catch (error) {
      console.error(`${values.name}: not published: ${error instanceof Error ? error.message : error}`);
      await sleep(100);
    }
  }
}
