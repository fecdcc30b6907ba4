import mqtt from 'mqtt';
import { readingIn } from './reading.ts';

/** What the consumer behind the receiver saw. It checks, so it trusts nobody: it keeps how often each number came. */
export interface Counts {
  /** Numbers that came, each counted once. */
  readonly once: number;
  /** Deliveries beyond the first of a number. */
  readonly twice: number;
  /** Deliveries of a number below one that came before. */
  readonly outOfOrder: number;
  readonly longestSilenceMs: number;
}

export interface Counter {
  counts(): Counts;
  /** Numbers from 1 to `last` that never came. */
  lost(last: number): number;
  /** Longest time without a delivery in which `fromMs`…`toMs` (performance.now()) has a part. */
  silenceMs(fromMs: number, toMs: number): number;
  stop(): Promise<void>;
}

/** Silences shorter than this are not kept one by one. */
const WORTH_KEEPING_MS = 5;

/** Subscribes with QoS 2 and a session that outlives a restart of the broker: what is seen twice was published twice. */
export async function startCounter(broker: string, topic: string): Promise<Counter> {
  const times = new Map<number, number>();
  const silences: { fromMs: number; toMs: number }[] = [];
  let twice = 0;
  let outOfOrder = 0;
  let highest = 0;
  let lastMs: number | undefined;
  let longestSilenceMs = 0;

  const client = mqtt.connect(broker, {
    protocolVersion: 5,
    clientId: 'counter',
    clean: false,
    properties: { sessionExpiryInterval: 3600 },
    reconnectPeriod: 50,
  });
  // It reconnects by itself; what it missed meanwhile is counted as lost if it never comes.
  client.on('error', () => {});
  client.on('message', (_topic, payload) => {
    const nowMs = performance.now();
    if (lastMs !== undefined) {
      const silenceMs = nowMs - lastMs;
      longestSilenceMs = Math.max(longestSilenceMs, silenceMs);
      if (silenceMs > WORTH_KEEPING_MS) silences.push({ fromMs: lastMs, toMs: nowMs });
    }
    lastMs = nowMs;
    const { number } = readingIn(JSON.parse(payload.toString()));
    const before = times.get(number) ?? 0;
    times.set(number, before + 1);
    if (before > 0) twice += 1;
    else if (number < highest) outOfOrder += 1;
    highest = Math.max(highest, number);
  });
  await client.subscribeAsync(topic, { qos: 2 });

  return {
    counts: () => ({ once: times.size, twice, outOfOrder, longestSilenceMs }),
    lost(last) {
      let missing = 0;
      for (let number = 1; number <= last; number += 1) if (!times.has(number)) missing += 1;
      return missing;
    },
    silenceMs: (fromMs, toMs) =>
      Math.max(
        0,
        ...silences.filter((each) => each.toMs > fromMs && each.fromMs < toMs).map((each) => each.toMs - each.fromMs),
      ),
    stop: () => client.endAsync(true),
  };
}
