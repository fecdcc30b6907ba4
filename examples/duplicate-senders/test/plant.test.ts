import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { missing, startServer } from '../../../packages/election/src/conformance/servers.ts';
import { mosquitto } from '../src/broker.ts';
import { type Plant, type PlantOptions, receiverBin, startPlant } from '../src/plant.ts';
import { program } from '../src/processes.ts';
import { type PacketProxy, type Step, startProxy } from './proxy.ts';

const why = mosquitto() === undefined ? ' (skipped: Mosquitto is not installed, apt-get install mosquitto)' : '';

/** It ends when everything has come; only a machine that is busy with other work needs this long. */
const DRAIN_MS = 60_000;

let plant: Plant | undefined;
let proxy: PacketProxy | undefined;

async function start(options: Partial<PlantOptions> = {}): Promise<Plant> {
  plant = await startPlant({ readingsPerSecond: 100, ...options });
  return plant;
}

async function startBehindProxy(options: Partial<PlantOptions> = {}): Promise<{ plant: Plant; proxy: PacketProxy }> {
  const started = await start({
    ...options,
    async receiverPort(brokerPort) {
      proxy = await startProxy(brokerPort);
      return proxy.port;
    },
  });
  if (proxy === undefined) throw new Error('the plant asked for no port');
  return { plant: started, proxy };
}

async function killReceiverAt(step: Step, pair: { plant: Plant; proxy: PacketProxy }): Promise<void> {
  await killedAt(step, pair);
  pair.plant.receiver.start();
  await isUp(pair.plant);
}

async function killedAt(step: Step, { plant, proxy }: { plant: Plant; proxy: PacketProxy }): Promise<void> {
  const killed = new Promise<void>((resolve) => {
    proxy.at(step, () => void plant.receiver.stop('SIGKILL').then(resolve));
  });
  await Promise.race([
    killed,
    sleep(30_000).then(() => {
      throw new Error(`no ${step.packet} ${step.direction}: ${plant.receiver.output()}`);
    }),
  ]);
}

async function isUp(plant: Plant): Promise<void> {
  while ((await plant.receiverStatus()) === undefined) await sleep(20);
}

afterEach(async () => {
  await plant?.stop();
  proxy?.close();
  plant = undefined;
  proxy = undefined;
});

/** Each packet of the receiver's life, once just before and once just after it has passed. */
const STEPS: readonly Step[] = (
  [
    ['PUBLISH', 'from broker'],
    ['PUBLISH', 'to broker'],
    ['PUBREC', 'from broker'],
    ['PUBREL', 'to broker'],
    ['PUBCOMP', 'from broker'],
    ['PUBACK', 'to broker'],
  ] as const
).flatMap(([packet, direction]) => [
  { packet, direction, when: 'before' },
  { packet, direction, when: 'after' },
]);

describe.skipIf(why !== '')(`two senders over a real Mosquitto${why}`, { timeout: 400_000 }, () => {
  test('with both senders killed in turn nothing is lost, nothing comes twice, nothing out of order', async () => {
    const { machine, senders, counter, receiverStatus, drain } = await start();
    await sleep(500);
    for (const name of ['A', 'B', 'A'] as const) {
      await senders[name].stop('SIGKILL');
      await sleep(400);
      senders[name].start();
      await sleep(700);
    }
    expect(await drain(DRAIN_MS)).toBe(0);
    expect(counter.counts()).toMatchObject({ once: machine.last(), twice: 0, outOfOrder: 0 });
    const status = await receiverStatus();
    expect(status?.first).toBe(machine.last());
    expect(status?.duplicates).toBeGreaterThanOrEqual(machine.last());
  });

  test('with a key that differs between the copies every message comes twice, and the counter says so', async () => {
    const { machine, counter, drain } = await start({ key: ['level:2', 'json:number'] });
    await sleep(500);
    expect(await drain(DRAIN_MS)).toBe(0);
    expect(counter.counts().twice).toBe(machine.last());
  });

  test('a receiver killed before and after each packet of QoS 2 and of its acknowledgements delivers each message once', async () => {
    const pair = await startBehindProxy();
    for (const step of STEPS) await killReceiverAt(step, pair);
    const { machine, counter, drain, receiverStatus } = pair.plant;
    expect(await drain(DRAIN_MS)).toBe(0);
    expect(counter.counts()).toMatchObject({ once: machine.last(), twice: 0, outOfOrder: 0 });
    expect((await receiverStatus())?.inDoubt).toBe(0);
  });

  test('delivering at least once, a receiver killed before the confirmation arrives publishes again', async () => {
    const pair = await startBehindProxy({ deliver: 'at-least-once' });
    await killReceiverAt({ packet: 'PUBACK', direction: 'from broker', when: 'before' }, pair);
    const { counter, drain } = pair.plant;
    expect(await drain(DRAIN_MS)).toBe(0);
    expect(counter.counts().twice).toBeGreaterThan(0);
  });

  test('with marks in memory a killed receiver loses nothing', async () => {
    const pair = await startBehindProxy({ store: 'memory' });
    await killReceiverAt({ packet: 'PUBACK', direction: 'from broker', when: 'before' }, pair);
    expect(await pair.plant.drain(DRAIN_MS)).toBe(0);
  });

  const noRedis = missing('redis-server');
  test.skipIf(noRedis !== undefined)(
    `with marks in Redis a killed receiver loses nothing, and later copies are dropped ${noRedis ?? ''}`,
    async () => {
      const redis = await startServer('redis-server', (port, directory) => [
        '--port',
        String(port),
        '--dir',
        directory,
      ]);
      try {
        const pair = await startBehindProxy({ store: `redis://127.0.0.1:${redis.port}` });
        const { machine, counter, drain } = pair.plant;
        await killReceiverAt({ packet: 'PUBACK', direction: 'from broker', when: 'before' }, pair);
        expect(await drain(DRAIN_MS)).toBe(0);
        // What was on its way came again, no more: 200 at once.
        expect(counter.counts().twice).toBeGreaterThan(0);
        expect(counter.counts().twice).toBeLessThanOrEqual(200);
        expect(counter.counts().once).toBe(machine.last());
      } finally {
        await plant?.stop();
        await redis.stop();
      }
    },
  );

  test('a broker that is restarted in the middle loses nothing and delivers nothing twice', async () => {
    const { machine, broker, counter, drain } = await start();
    await sleep(500);
    for (let times = 0; times < 2; times += 1) {
      await broker.program.stop('SIGTERM');
      await broker.start();
      await sleep(700);
    }
    expect(await drain(DRAIN_MS)).toBe(0);
    expect(counter.counts()).toMatchObject({ once: machine.last(), twice: 0 });
  });

  test('to a broker that has lost its session, what was on its way is published again, and counted as in doubt', async () => {
    const pair = await startBehindProxy();
    const { senders, receiver, broker, counter, receiverStatus } = pair.plant;
    await killedAt({ packet: 'PUBREC', direction: 'from broker', when: 'before' }, pair);
    for (const each of Object.values(senders)) await each.stop('SIGKILL');
    await broker.program.stop('SIGTERM');
    for (const file of readdirSync(broker.storedIn)) rmSync(join(broker.storedIn, file));
    await broker.start();
    // The consumer has to subscribe anew as well.
    await sleep(2000);
    const deliveries = () => counter.counts().once + counter.counts().twice;
    const before = deliveries();
    receiver.start();
    await isUp(pair.plant);
    await expect.poll(async () => (await receiverStatus())?.atWork, { timeout: DRAIN_MS }).toBe(0);
    const inDoubt = (await receiverStatus())?.inDoubt ?? 0;
    expect(inDoubt).toBeGreaterThan(0);
    await expect.poll(deliveries, { timeout: DRAIN_MS }).toBe(before + inDoubt);
  });

  test('a receiver that is stopped with TERM ends with its output empty, and another goes on', async () => {
    const { machine, receiver, counter, drain } = await start();
    await sleep(500);
    await receiver.stop('SIGTERM');
    expect(receiver.exitCode()).toBe(0);
    receiver.start();
    expect(await drain(DRAIN_MS)).toBe(0);
    expect(counter.counts()).toMatchObject({ once: machine.last(), twice: 0 });
  });

  test('of two receivers of one name one ends and says so', async () => {
    const { receiver, broker } = await start();
    const from = `mqtt://127.0.0.1:${broker.port}/cell-7/+/press-7`;
    const twin = program([
      ...[process.execPath, receiverBin(), '--from', from, '--to', 'cell-7/events'],
      ...['--key', 'json:number', '--store', 'memory'],
    ]);
    twin.start();
    try {
      const deadlineMs = performance.now() + 60_000;
      while (receiver.running() && twin.running() && performance.now() < deadlineMs) await sleep(20);
      const ended = receiver.running() ? twin : receiver;
      expect(ended.output()).toContain('HF-DEDUPE-TWIN');
      expect(ended.exitCode()).toBe(78);
    } finally {
      await twin.stop('SIGKILL');
    }
  });

  test('the status names a sender that is silent, and the metrics count what came from each', async () => {
    const { senders, receiverStatus, statusUrl } = await start();
    await sleep(300);
    await senders.A.stop('SIGKILL');
    const silent = async () =>
      (await receiverStatus())?.sources.filter((each) => each.silent).map((each) => each.source);
    await expect.poll(silent, { timeout: DRAIN_MS }).toEqual(['A']);
    const text = await (await fetch(`${statusUrl}metrics`)).text();
    expect(text).toMatch(/holdfast_dedupe_published_total [1-9]\d*\n/);
    expect(text).toMatch(/holdfast_dedupe_broker_connected\{side="to",broker="mqtt:\/\/127\.0\.0\.1:\d+"\} 1\n/);
    // Prometheus reads it: each line is a comment or a sample, and no name is described twice.
    expect(text).toMatch(/^(?:(?:# (?:HELP|TYPE) .+|[a-z_][a-z0-9_]*(?:\{[^}]*\})? -?[0-9.e+]+(?:nan)?)\n)+$/i);
    const described = [...text.matchAll(/# TYPE (\S+)/g)].map(([, name]) => name);
    expect(new Set(described).size).toBe(described.length);
  });
});
