import type { IClientOptions } from 'mqtt';
import { dedupe } from '../dedupe.ts';
import { DedupeError } from '../errors.ts';
import type { DedupeEvent, DedupeStatus } from '../events.ts';
import { brokerName, type MqttAddress } from './address.ts';
import type { Guarantee, ReceiverArguments } from './arguments.ts';
import { type Copy, copyOf } from './copy.ts';
import { mqttLogin, tlsIn } from './credentials.ts';
import { type Delivery, plainDelivery, transactionalDelivery } from './deliver.ts';
import { fieldReader, keyReader, sequenceReader } from './fields.ts';
import { type Input, openInput } from './input.ts';
import { openStore } from './open-store.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import { type Output, openOutput } from './output.ts';
import { outputTopic } from './topics.ts';
import { type BrokerWatch, type Watched, watchBroker } from './watch.ts';
import { windowClock } from './window-clock.ts';

export interface RelayStatus extends DedupeStatus {
  readonly deliver: Guarantee;
  readonly brokers: readonly Watched[];
  /** Copies received and not yet acknowledged to their broker. */
  readonly unacknowledged: number;
  /** Copies that came with QoS 0: a broker does not repeat them, so they may be lost on the way in. */
  readonly qos0: number;
  readonly output: Pick<Output, 'inFlight' | 'waiting' | 'published' | 'inDoubt'>;
}

export interface Relay {
  status(): RelayStatus;
  metrics(): string;
  events(): AsyncGenerator<DedupeEvent, void, void>;
  /** Rejects with what no waiting mends. */
  readonly failed: Promise<never>;
  /** Takes nothing more, brings out what is inside if the broker answers, and closes. */
  stop(): Promise<void>;
}

const LAST_ANSWERS_MS = 3000;

/** Connects everything; resolves when the inputs are subscribed and the output is connected. */
export async function startRelay(
  asked: ReceiverArguments,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<Relay> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  // Who waits for it hears of it; a failure before that must not end the process by itself.
  failed.catch(() => {});
  const sessionSeconds = Math.ceil(asked.sessionMs / 1000);
  const keyIn = keyReader(asked.key);
  const topicFor = outputTopic(
    asked.to.topic,
    asked.from.map(({ topic }) => topic),
  );
  // Everything that can be refused is looked at before anything is opened.
  const connection = {
    from: asked.from.map((address) => connectionTo(address, 'from', asked, env)),
    to: connectionTo(asked.to, 'to', asked, env),
  };
  const opened = await openStore(asked.store, asked.deliver);
  const { guarantee } = opened;
  const qos = guarantee === 'exactly-once' ? 2 : 1;
  const watch = (address: MqttAddress, side: 'from' | 'to') =>
    watchBroker({
      ...{ broker: brokerName(address), side, connectMs: asked.connectMs, fail: reject, say },
      refused: () => (side === 'to' ? output.refused() : undefined),
    });

  const clock = windowClock(() => performance.now());
  const settings = { ...dedupeSettings(asked), clock: clock.now };
  let outbox: Outbox | undefined;
  let delivery: Delivery;
  let library: Pick<Awaited<ReturnType<typeof dedupe<Copy>>>, 'status' | 'metrics' | 'events' | 'close'>;
  const deliveryOptions = { output: () => output, topicFor, fail: reject };
  if (opened.database === undefined) {
    const plain = await dedupe<Copy>({ ...settings, store: opened.store });
    library = plain;
    delivery = plainDelivery(plain, deliveryOptions);
  } else {
    const transactional = await dedupe<Copy>({ ...settings, store: opened.store });
    library = transactional;
    outbox = openOutbox(opened.database, asked.name, `${brokerName(asked.to)} QoS ${qos}`);
    delivery = transactionalDelivery(transactional, outbox, clock, deliveryOptions);
  }

  const toWatch = watch(asked.to, 'to');
  const output: Output = openOutput({
    connection: connection.to,
    clientId: outbox?.clientId ?? `${asked.name}-to`,
    qos,
    sessionSeconds: outbox === undefined ? 0 : sessionSeconds,
    left: outbox?.left ?? [],
    release: delivery.release,
    forgetReleases: delivery.forgetReleases,
    leftDone: delivery.leftDone,
    onTrouble: toWatch.note,
    onRefused: reject,
    onConnected(most) {
      if (most >= qos) toWatch.up();
      else reject(noQos(brokerName(asked.to), qos, most));
    },
  });
  toWatch.attach(output.client);

  const inputs = asked.from.map((address, index) => {
    const fromWatch = watch(address, 'from');
    const input: Input = openInput({
      connection: connection.from[index] ?? {},
      clientId: `${asked.name}-from-${index + 1}`,
      filter: address.topic,
      sessionSeconds,
      onMessage(packet, receipt) {
        if (packet.qos === 0 && input.qos0 === 1) say(warnOfQos0(brokerName(address), packet.topic));
        delivery.receive(copyOf(packet, receipt, keyIn));
      },
      onTrouble: fromWatch.note,
      onConnected({ qos: granted }) {
        if (granted === 1) fromWatch.up();
        else reject(noQos(brokerName(address), 1, granted));
      },
    });
    fromWatch.attach(input.client);
    return { input, watch: fromWatch };
  });
  const watches: readonly BrokerWatch[] = [...inputs.map((each) => each.watch), toWatch];

  const relay: Relay = {
    failed,
    status: () => ({
      ...library.status(),
      deliver: guarantee,
      brokers: watches.map(({ broker, side, connected, trouble }) => ({ broker, side, connected, trouble })),
      unacknowledged: inputs.reduce((sum, { input }) => sum + input.open, 0),
      qos0: inputs.reduce((sum, { input }) => sum + input.qos0, 0),
      output: {
        inFlight: output.inFlight,
        waiting: output.waiting,
        published: output.published,
        inDoubt: output.inDoubt,
      },
    }),
    metrics: () => library.metrics(),
    events: () => library.events(),
    async stop() {
      for (const each of watches) each.stop();
      await drain(
        inputs.map((each) => each.input),
        delivery,
        output,
      );
      await library.close();
      if (opened.database?.isOpen) opened.database.close();
    },
  };
  try {
    await Promise.race([failed, Promise.all(watches.map((each) => each.first))]);
  } catch (error) {
    await relay.stop();
    throw error;
  }
  return relay;
}

function dedupeSettings(asked: ReceiverArguments) {
  const { source, sequence, sources, silentMs } = asked;
  const readSource = source === undefined ? undefined : fieldReader(source);
  return {
    key: (copy: Copy) => copy.key,
    window: { ms: asked.windowMs, count: asked.windowCount },
    sources,
    ...(readSource === undefined ? {} : { source: (copy: Copy) => readSource(copy) ?? '' }),
    ...(sequence === undefined ? {} : { sequence: sequenceReader(sequence) }),
    ...(silentMs === undefined ? {} : { silentMs }),
  };
}

function connectionTo(
  address: MqttAddress,
  side: 'from' | 'to',
  asked: ReceiverArguments,
  env: NodeJS.ProcessEnv,
): IClientOptions {
  const { protocol, host, port } = address;
  return { protocol, host, port, ...mqttLogin(side, env), ...(protocol === 'mqtts' ? tlsIn(asked.tls) : {}) };
}

function warnOfQos0(broker: string, topic: string): string {
  return `${broker}: a message on ${topic} came with QoS 0, which may be lost on the way: let the senders publish with QoS 1 or 2`;
}

function noQos(broker: string, wanted: number, offered: number): DedupeError {
  return new DedupeError(
    'HF-DEDUPE-BROKER-UNFIT',
    `${broker} offers QoS ${offered} where QoS ${wanted} is needed`,
    wanted === 2 ? 'Use another broker for --to, or --deliver at-least-once.' : 'Allow QoS 1 for this subscription.',
  );
}

async function drain(inputs: readonly Input[], delivery: Delivery, output: Output): Promise<void> {
  // No acknowledgement can leave any more: what is delivered from here on comes again after a restart and is dropped.
  await Promise.all(inputs.map((input) => input.end()));
  const deadlineMs = performance.now() + LAST_ANSWERS_MS;
  const isBusy = () => delivery.waiting + output.waiting + output.inFlight > 0;
  while (output.client.connected && isBusy() && performance.now() < deadlineMs)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await output.client.endAsync(isBusy() || !output.client.connected);
}
