import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Broker, freePort, mosquitto, prepareBroker } from './broker.ts';
import { type Counter, startCounter } from './counter.ts';
import { type Machine, startMachine } from './machine.ts';
import { type Program, program } from './processes.ts';
import { type ReceiverStatus, receiverStatusIn } from './receiver-status.ts';
import { openSpool } from './spool.ts';

export type SenderName = 'A' | 'B';

/** One machine, two hosts that each send all of it, a broker, the receiver, and a consumer that counts. */
export interface Plant {
  readonly machine: Machine;
  readonly broker: Broker;
  readonly senders: Readonly<Record<SenderName, Program>>;
  readonly receiver: Program;
  readonly counter: Counter;
  /** The receiver's own pages: / and /metrics. */
  readonly statusUrl: string;
  /** What the receiver says of itself; undefined while it does not run. */
  receiverStatus(): Promise<ReceiverStatus | undefined>;
  /** Readings of the machine that the broker does not yet have from this sender. */
  behind(sender: SenderName): number;
  /**
   * Pauses the machine and waits until both senders and the receiver have nothing left, or `withinMs` are over.
   * Resolves with how many readings did not come.
   */
  drain(withinMs: number): Promise<number>;
  /** Ends every process and removes every file. */
  stop(): Promise<void>;
}

export interface PlantOptions {
  readonly readingsPerSecond: number;
  /** The receiver's --store; default an SQLite file of the plant. */
  readonly store?: string;
  /** What the receiver makes its key of; default the machine's number. */
  readonly key?: readonly string[];
  /** The receiver's --deliver; default what it does by itself. */
  readonly deliver?: string;
  /** Where the receiver's connections go instead of straight to the broker. */
  readonly receiverPort?: (brokerPort: number) => Promise<number>;
}

/** Enough for a machine that is busy with something else. */
const START_MS = 60_000;

/** Throws when Mosquitto is not installed or something does not start; nothing is left behind then. */
export async function startPlant(options: PlantOptions): Promise<Plant> {
  const executable = mosquitto();
  if (executable === undefined) throw new Error('Mosquitto is not installed: apt-get install mosquitto');
  const directory = mkdtempSync(join(tmpdir(), 'duplicate-senders-'));
  const undo: (() => Promise<void> | void)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  try {
    const machine = await startMachine(options.readingsPerSecond);
    undo.push(() => machine.stop());
    const broker = await prepareBroker(executable, directory);
    undo.push(() => broker.program.stop('SIGKILL'));
    await broker.start();
    const address = `mqtt://127.0.0.1:${broker.port}`;
    const counter = await startCounter(address, 'cell-7/events');
    undo.push(() => counter.stop());

    const statusPort = await freePort();
    const receiverPort = (await options.receiverPort?.(broker.port)) ?? broker.port;
    const receiver = program([
      process.execPath,
      receiverBin(),
      ...receiverArguments(directory, receiverPort, statusPort, options),
    ]);
    undo.push(() => receiver.stop('SIGKILL'));
    receiver.start();
    const statusUrl = `http://127.0.0.1:${statusPort}/`;
    const receiverStatus = () => readStatus(statusUrl);
    // From here on the broker keeps what is sent, whether the receiver runs or not.
    for (const deadlineMs = performance.now() + START_MS; (await receiverStatus()) === undefined; await sleep(20))
      if (!receiver.running() || performance.now() > deadlineMs)
        throw new Error(`holdfast-dedupe did not start: ${receiver.output()}`);

    const spools = { A: openSpool(spoolFile(directory, 'A')), B: openSpool(spoolFile(directory, 'B')) };
    for (const each of Object.values(spools)) undo.push(() => each.close());
    const behind = (name: SenderName) => machine.last() + 1 - spools[name].next();
    const senders = { A: sender('A', directory, machine, address), B: sender('B', directory, machine, address) };
    for (const each of Object.values(senders)) {
      undo.push(() => each.stop('SIGKILL'));
      each.start();
    }
    return {
      machine,
      broker,
      senders,
      receiver,
      counter,
      statusUrl,
      receiverStatus,
      behind,
      async drain(withinMs) {
        machine.pause();
        const deadlineMs = performance.now() + withinMs;
        const isDone = async () =>
          counter.lost(machine.last()) === 0 &&
          Math.max(behind('A'), behind('B')) === 0 &&
          (await receiverStatus())?.atWork === 0;
        while (!(await isDone()) && performance.now() < deadlineMs) await sleep(20);
        // What the receiver has confirmed may still be on its way to the consumer, also what came twice.
        await sleep(300);
        return counter.lost(machine.last());
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function sender(name: SenderName, directory: string, machine: Machine, broker: string): Program {
  const main = fileURLToPath(new URL(`./sender${extname(import.meta.url)}`, import.meta.url));
  return program([
    process.execPath,
    main,
    ...['--name', name, '--machine', machine.url, '--broker', broker],
    ...['--topic', `cell-7/${name}/press-7`, '--spool', spoolFile(directory, name)],
  ]);
}

function spoolFile(directory: string, name: SenderName): string {
  return join(directory, `spool-${name}.db`);
}

/** The receiver as it would be run in a plant. */
function receiverArguments(directory: string, brokerPort: number, statusPort: number, options: PlantOptions): string[] {
  return [
    ...['--from', `mqtt://127.0.0.1:${brokerPort}/cell-7/+/press-7`, '--to', 'cell-7/events'],
    ...(options.key ?? ['json:number']).flatMap((each) => ['--key', each]),
    ...(options.deliver === undefined ? [] : ['--deliver', options.deliver]),
    ...['--window', '10m', '--count', '200000', '--connect', `${START_MS}ms`],
    ...['--source', 'level:2', '--sources', 'A,B', '--sequence', 'json:number', '--silent', '1s'],
    ...['--store', options.store ?? `sqlite:${join(directory, 'marks.db')}`, '--status', String(statusPort)],
  ];
}

/** The program of the package, as `npx holdfast-dedupe` runs it. */
export function receiverBin(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('@holdfast/dedupe')), '..', 'bin', 'holdfast-dedupe.js');
}

async function readStatus(url: string): Promise<ReceiverStatus | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return receiverStatusIn(await response.json());
  } catch {
    return undefined;
  }
}
