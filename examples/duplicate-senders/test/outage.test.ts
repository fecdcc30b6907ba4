import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort, mosquitto, prepareBroker } from '../src/broker.ts';
import { receiverBin } from '../src/plant.ts';
import { type Program, program } from '../src/processes.ts';
import { type PacketProxy, startProxy } from './proxy.ts';

const executable = mosquitto();
const why = executable === undefined ? ' (skipped: Mosquitto is not installed, apt-get install mosquitto)' : '';
const PATIENCE = { timeout: 60_000 };

let directory: string;
let undo: (() => unknown)[];

async function brokerIn(name: string, more = '') {
  const stored = join(directory, name);
  mkdirSync(stored, { recursive: true });
  const broker = await prepareBroker(executable ?? '', stored, more);
  undo.push(() => broker.program.stop('SIGKILL'));
  await broker.start();
  const proxy = await startProxy(broker.port);
  undo.push(() => proxy.close());
  return { broker, proxy };
}

async function clientOf(port: number): Promise<MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
  undo.push(() => client.endAsync(true));
  return client;
}

interface Line {
  readonly receiver: Program;
  readonly senders: MqttClient;
  readonly input: PacketProxy;
  readonly output: PacketProxy;
  /** How often each payload was delivered. */
  readonly delivered: Map<string, number>;
  status(name: string): Promise<unknown>;
}

/** The receiver between two brokers, each behind a proxy. */
async function startLine({ outputLimits = '', window = '1s' } = {}): Promise<Line> {
  const [from, to, statusPort] = [await brokerIn('from'), await brokerIn('to', outputLimits), await freePort()];
  const consumer = await clientOf(to.broker.port);
  const delivered = new Map<string, number>();
  consumer.on('message', (_topic, payload) => {
    delivered.set(String(payload), (delivered.get(String(payload)) ?? 0) + 1);
  });
  await consumer.subscribeAsync('out', { qos: 2 });
  const receiver = program([
    ...[process.execPath, receiverBin(), '--from', `mqtt://127.0.0.1:${from.proxy.port}/in/+`],
    ...['--to', `mqtt://127.0.0.1:${to.proxy.port}/out`, '--key', 'json:id', '--connect', '60s', '--window', window],
    ...['--store', `sqlite:${join(directory, 'marks.db')}`, '--status', String(statusPort)],
  ]);
  undo.push(() => receiver.stop('SIGKILL'));
  receiver.start();
  await expect.poll(receiver.output, PATIENCE).toContain('delivers exactly-once');
  return {
    ...{ receiver, delivered, senders: await clientOf(from.broker.port), input: from.proxy, output: to.proxy },
    async status(name) {
      const answer: unknown = await (await fetch(`http://127.0.0.1:${statusPort}/`)).json();
      return Object.entries(answer ?? {}).find(([each]) => each === name)?.[1];
    },
  };
}

async function sendAll(senders: MqttClient, topic: string, messages: number, qos: 0 | 1): Promise<void> {
  const numbers = Array.from({ length: messages }, (_, number) => number);
  await Promise.all(numbers.map((id) => senders.publishAsync(topic, JSON.stringify({ id }), { qos })));
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-outage-'));
  undo = [];
});

afterEach(async () => {
  for (const each of undo.reverse()) await each();
  rmSync(directory, { recursive: true });
});

describe.skipIf(executable === undefined)(`when a broker is away${why}`, { timeout: 400_000 }, () => {
  test('an output that is away for longer than the window gets each message once, and so does each repetition', async () => {
    const { senders, input, output, delivered, status } = await startLine();
    output.freeze();
    await sendAll(senders, 'in/a', 400, 1);
    await sendAll(senders, 'in/b', 400, 1);
    for (let times = 0; times < 3; times += 1) {
      await sleep(1000);
      input.cut();
    }
    await sleep(1000);
    output.thaw();
    await expect.poll(() => status('unacknowledged'), PATIENCE).toBe(0);
    await expect.poll(() => delivered.size, PATIENCE).toBe(400);
    await sleep(300);
    expect([...delivered.values()].filter((times) => times > 1)).toEqual([]);
    expect(await status('first')).toBe(400);
    // What the broker repeated after each cut was in the receiver already.
    expect(await status('duplicates')).toBe(400);
  });

  test('a copy whose acknowledgement was lost stays a copy when it is repeated after the window', async () => {
    const { senders, input, delivered, status } = await startLine({ window: '10ms' });
    let cuts = 0;
    const cut = () => {
      cuts += 1;
      if (cuts < 3) input.at({ packet: 'PUBACK', direction: 'to broker', when: 'before' }, cut);
    };
    cut();
    await senders.publishAsync('in/a', '{"id": 1}', { qos: 1 });
    await expect.poll(() => cuts, PATIENCE).toBe(3);
    await expect.poll(() => status('unacknowledged'), PATIENCE).toBe(0);
    await sleep(500);
    expect([...delivered.values()]).toEqual([1]);
  });

  test('no more QoS 0 is read than there is room for, and it is warned of and counted', async () => {
    const { receiver, senders, output, delivered, status } = await startLine();
    output.freeze();
    await sendAll(senders, 'in/a', 3000, 0);
    await expect.poll(() => status('qos0'), PATIENCE).toBe(1001);
    expect(receiver.output().match(/a message on in\/a came with QoS 0/g)).toHaveLength(1);
    output.thaw();
    await expect.poll(() => delivered.size, PATIENCE).toBe(3000);
    expect(await status('qos0')).toBe(3000);
  });

  test('a message larger than the output takes ends it with a code of its own, and is kept', async () => {
    const { receiver, senders, delivered } = await startLine({ outputLimits: 'max_packet_size 2000\n' });
    await senders.publishAsync('in/a', JSON.stringify({ id: 1, text: 'x'.repeat(5000) }), { qos: 1 });
    await expect.poll(receiver.running, PATIENCE).toBe(false);
    expect(receiver.output()).toMatch(
      /HF-DEDUPE-MESSAGE-REFUSED: the message on out, a packet of 50\d\d bytes, .* at most 2000 /,
    );
    expect(receiver.exitCode()).toBe(78);
    expect(delivered.size).toBe(0);
    receiver.start();
    await expect.poll(() => receiver.output().match(/MESSAGE-REFUSED/g)?.length, PATIENCE).toBe(2);
  });

  test('a broker that ends the connection at a message is not taken for a second receiver', async () => {
    const { receiver, senders, output } = await startLine();
    const cutEach = () => output.at({ packet: 'PUBLISH', direction: 'to broker', when: 'before' }, cutEach);
    cutEach();
    await senders.publishAsync('in/a', '{"id": 1}', { qos: 1 });
    await expect.poll(receiver.running, PATIENCE).toBe(false);
    expect(receiver.output()).toMatch(
      /MESSAGE-REFUSED: the message on out, .* ends the connection each time it gets it/,
    );
  });

  test('nor is one that answers too much with a code that MQTT does not have there, as Mosquitto does', async () => {
    const { receiver, senders } = await startLine({ outputLimits: 'message_size_limit 2000\n' });
    await senders.publishAsync('in/a', JSON.stringify({ id: 1, text: 'x'.repeat(5000) }), { qos: 1 });
    await expect.poll(receiver.running, PATIENCE).toBe(false);
    expect(receiver.output()).toMatch(/MESSAGE-REFUSED: the message on out, a packet of 50\d\d bytes/);
  });
});
