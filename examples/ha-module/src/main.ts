/**
 * Three copies of a module on this computer, of which one leads; what happens when that one is killed, stopped and asked to end.
 *
 *   npm start -w holdfast-example-ha-module [-- --store etcd://127.0.0.1:2379 --lease-ms 500 --transport mqtt|http]
 *
 * Exit code 0: every count was as promised; 1: not; 2: it could not be run; 130: interrupted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DemonstrationArguments, readDemonstrationArguments } from './arguments.ts';
import { readCommandLine, reasonOf } from './command-line.ts';
import { DEMONSTRATION_HELP } from './help.ts';
import { openScreen } from './screen.ts';
import { readStoreAddress } from './store-address.ts';

const asked = readCommandLine(DEMONSTRATION_HELP, readDemonstrationArguments);
if (asked !== undefined) process.exitCode = await run(asked);

async function run({ leaseMs, transport, ...asked }: DemonstrationArguments): Promise<number> {
  // These import node:sqlite, which an older Node.js lacks.
  const { demonstrate } = await import('./demonstration.ts');
  const { openStore } = await import('./store.ts');
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-ha-module-'));
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
  const screen = openScreen(process.stdout);
  try {
    const store = asked.store ?? readStoreAddress(`sqlite:${join(directory, 'lease.db')}`);
    // A file that cannot be opened is said once and at once, not by three modules.
    openStore(store, 'none').close?.();
    const broken = await demonstrate({ store, leaseMs, transport, directory }, screen, interruption.signal);
    for (const each of broken) screen.text(`NOT AS PROMISED: ${each}`);
    if (broken.length === 0)
      screen.text('As promised: one leader at a time, nothing accepted twice, nothing of an old leader.');
    return broken.length === 0 ? 0 : 1;
  } catch (error) {
    screen.close();
    const interrupted = interruption.signal.aborted;
    console.error(interrupted ? 'interrupted; nothing is left running' : reasonOf(error));
    return interrupted ? 130 : 2;
  } finally {
    screen.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
