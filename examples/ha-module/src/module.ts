/**
 * The module: reads the press and publishes each stroke, on one of several hosts or processes at a time.
 *
 *   node dist/module.js --name a --store etcd://10.0.0.1:2379 --press http://10.0.0.7:8080 --publish mqtt://10.0.0.9
 *
 * This is what one copies; everything beside it only shows what it does.
 */
import { type LeaseStore, lead } from '@holdfast/election';
import { type ModuleArguments, readModuleArguments } from './arguments.ts';
import { readCommandLine, reasonOf } from './command-line.ts';
import { MODULE_HELP } from './help.ts';
import { readStrokes } from './press.ts';
import { openPublisher, type Publisher } from './publisher.ts';

/** How long a broker that does not answer may keep the module from ending. */
const STOP_MS = 2000;

const asked = readCommandLine(MODULE_HELP, readModuleArguments);
if (asked !== undefined) process.exitCode = await run(asked);

async function run({ name, store, key, press, publish, leaseMs }: ModuleArguments): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      stopping.abort(new Error('asked to stop'));
      // Nobody has to release the lease: it runs out.
      setTimeout(() => process.exit(1), STOP_MS).unref();
    });
  let opened: LeaseStore | undefined;
  let publisher: Publisher | undefined;
  try {
    // It imports node:sqlite, which an older Node.js lacks.
    const { openStore } = await import('./store.ts');
    opened = openStore(store, key);
    const sender = await openPublisher(publish);
    publisher = sender;
    await lead({ store: opened, holder: name, leaseMs, signal: stopping.signal }, async (term, signal) => {
      console.log(`leads with token ${term.token}`);
      let strokes = await readStrokes(press, 0, name, stopping.signal);
      while (!signal.aborted) {
        const now = await readStrokes(press, strokes, name, stopping.signal);
        // Between looking at the signal and this line any time may have passed: what is published may come from a leader
        // that was stopped meanwhile. No second look here could close that gap; the receiver closes it, by the token.
        for (let stroke = strokes + 1; stroke <= now; stroke += 1) {
          const verdict = await sender.publish(term.token, { module: name, stroke });
          if (verdict === 'refused') console.log(`stroke ${stroke} was refused: token ${term.token} is old`);
        }
        strokes = now;
      }
      console.log(`stopped itself: ${signal.reason instanceof Error ? signal.reason.message : signal.reason}`);
    });
    return 0;
  } catch (error) {
    if (error === stopping.signal.reason) return 0;
    console.error(reasonOf(error));
    return 1;
  } finally {
    // Whichever of them was opened: what stays open keeps the process.
    opened?.close?.();
    await publisher?.close();
  }
}
