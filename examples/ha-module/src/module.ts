/**
 * The module: reads the press and publishes each stroke, on one of several hosts or processes at a time.
 *
 *   node dist/module.js --name a --store etcd://10.0.0.1:2379 --press http://10.0.0.7:8080 --publish mqtt://10.0.0.9
 *
 * This is what one copies; everything beside it only shows what it does.
 */
import { parseArgs } from 'node:util';
import { ElectionError, lead } from '@holdfast/election';
import { readStrokes } from './press.ts';
import { openPublisher } from './publisher.ts';
import { openStore } from './store.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    name: text,
    store: text,
    press: text,
    publish: text,
    key: { ...text, default: 'cell-7/press' },
    'lease-ms': { ...text, default: '500' },
  },
});
const { name = '', press = '', store = '', publish = '', key } = values;

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => stopping.abort(new Error('asked to stop')));

try {
  const publisher = await openPublisher(publish);
  const opened = openStore(store, key);
  try {
    const options = { store: opened, holder: name, leaseMs: Number(values['lease-ms']), signal: stopping.signal };
    await lead(options, async (term, signal) => {
      console.log(`leads with token ${term.token}`);
      let strokes = await readStrokes(press, 0, name);
      while (!signal.aborted) {
        const now = await readStrokes(press, strokes, name);
        // Between looking at the signal and this line any time may have passed: what is published may come from a leader
        // that was stopped meanwhile. No second look here could close that gap; the receiver closes it, by the token.
        for (let stroke = strokes + 1; stroke <= now; stroke += 1) {
          const verdict = await publisher.publish(term.token, { module: name, stroke });
          if (verdict === 'refused') console.log(`stroke ${stroke} was refused: token ${term.token} is old`);
        }
        strokes = now;
      }
      console.log(`stopped itself: ${signal.reason instanceof Error ? signal.reason.message : signal.reason}`);
    });
  } finally {
    opened.close?.();
    await publisher.close();
  }
} catch (error) {
  if (error !== stopping.signal.reason) {
    if (error instanceof ElectionError) console.error(`${error.code}: ${error.message}\n${error.remedy}`);
    else console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
