/**
 * Two senders, Mosquitto, holdfast-dedupe and a counting consumer, with the senders killed in turn:
 *   npm run bench:dedupe-end-to-end [-- --minutes 10 --rate 500 --results FILE]
 * A second part, a fifth as long, also kills the receiver and restarts the broker. Everything runs in real time, each
 * process is killed with SIGKILL, and the broker is stopped with SIGTERM, because Mosquitto stores its sessions then.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Plant, startPlant } from '../../examples/duplicate-senders/src/plant.ts';
import { type Fault, type Measured, measure } from './end-to-end-faults.ts';
import { renderTable } from './end-to-end-table.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '500' },
    results: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);
if (!(minutes > 0) || !(rate > 0)) throw new RangeError('--minutes and --rate are numbers above 0');
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort());

const pause = (ms: number) => sleep(ms, undefined, { signal: interruption.signal });

/** Long enough to be missed. */
const DOWN_MS = 1500;
const MOST_CATCHING_UP_MS = 10_000;
/** After a fault, before the next one. */
const UP_MS = 2000;

async function killSender(plant: Plant, name: 'A' | 'B'): Promise<Fault> {
  const fault = { kind: `sender ${name} killed`, atMs: performance.now() } as const;
  await plant.senders[name].stop('SIGKILL');
  await pause(DOWN_MS);
  plant.senders[name].start();
  // A host that is still catching up is no redundancy: the next fault would be the second one at the same time.
  const patienceMs = performance.now() + MOST_CATCHING_UP_MS;
  while (plant.behind(name) > rate / 2 && performance.now() < patienceMs) await pause(20);
  await pause(UP_MS);
  return fault;
}

async function killReceiver(plant: Plant): Promise<Fault> {
  const fault = { kind: 'receiver killed', atMs: performance.now() } as const;
  await plant.receiver.stop('SIGKILL');
  plant.receiver.start();
  await pause(DOWN_MS + UP_MS);
  return fault;
}

async function restartBroker(plant: Plant): Promise<Fault> {
  const fault = { kind: 'broker restarted', atMs: performance.now() } as const;
  await plant.broker.program.stop('SIGTERM');
  await plant.broker.start();
  await pause(DOWN_MS + UP_MS);
  return fault;
}

const senders = [(plant: Plant) => killSender(plant, 'A'), (plant: Plant) => killSender(plant, 'B')];

async function part(name: string, partMinutes: number, faults: readonly ((plant: Plant) => Promise<Fault>)[]) {
  const plant = await startPlant({ readingsPerSecond: rate });
  try {
    return await measure(name, plant, partMinutes, faults, pause);
  } finally {
    await plant.stop();
  }
}

console.log(
  `${rate} readings/s, sent by both senders; ${minutes} minutes and then ${minutes / 5}; ${cpus().length} processors`,
);
const parts: Measured[] = [];
try {
  parts.push(await part('senders killed in turn', minutes, senders));
  parts.push(await part('receiver and broker too', minutes / 5, [killReceiver, restartBroker, ...senders]));
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  console.error('interrupted; nothing is left behind');
  process.exit(130);
}
console.log(renderTable(parts));
if (values.results !== undefined) {
  const measuredAt = new Date().toISOString();
  writeFileSync(values.results, `${JSON.stringify({ measuredAt, rate, processors: cpus().length, parts }, null, 2)}\n`);
}
process.exitCode = parts.every((each) => each.lost === 0 && each.twice === 0) ? 0 : 1;
