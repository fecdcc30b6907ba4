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
import { parseArgs } from 'node:util';
import { demonstrate } from './demonstration.ts';
import { openScreen } from './screen.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-ha-module-'));
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
const screen = openScreen(process.stdout);
try {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: `sqlite:${join(directory, 'lease.db')}` },
      'lease-ms': { type: 'string', default: '500' },
      transport: { type: 'string', default: 'mqtt' },
    },
  });
  const { store, transport } = values;
  const leaseMs = Number(values['lease-ms']);
  if (transport !== 'mqtt' && transport !== 'http') throw new Error(`--transport ${transport}: write mqtt or http`);
  const broken = await demonstrate({ store, leaseMs, transport, directory }, screen, interruption.signal);
  for (const each of broken) screen.text(`NOT AS PROMISED: ${each}`);
  if (broken.length === 0)
    screen.text('As promised: one leader at a time, nothing accepted twice, nothing of an old leader.');
  process.exitCode = broken.length === 0 ? 0 : 1;
} catch (error) {
  screen.close();
  const interrupted = interruption.signal.aborted;
  const reason = error instanceof Error ? error.message : String(error);
  console.error(interrupted ? 'interrupted; nothing is left running' : reason);
  process.exitCode = interrupted ? 130 : 2;
} finally {
  screen.close();
  rmSync(directory, { recursive: true, force: true });
}
