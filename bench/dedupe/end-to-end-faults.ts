import type { Plant } from '../../examples/duplicate-senders/src/plant.ts';

export interface Fault {
  readonly kind: string;
  /** performance.now() */
  readonly atMs: number;
}

export interface Measured {
  readonly name: string;
  readonly minutes: number;
  readonly readings: number;
  readonly delivered: number;
  readonly lost: number;
  readonly twice: number;
  readonly outOfOrder: number;
  /** The consumer's longest silence after each fault, in milliseconds, by the fault's kind. */
  readonly silencesMs: Readonly<Record<string, readonly number[]>>;
  /** The longest one that no fault came before. */
  readonly otherwiseMs: number;
}

/** What comes this long after a fault is taken for its consequence. */
const CONSEQUENCE_MS = 3000;
const DRAIN_MS = 60_000;

/** Does the faults in turn until the time is over, each at least once, lets everything come out, and counts. */
export async function measure(
  name: string,
  plant: Plant,
  minutes: number,
  faults: readonly ((plant: Plant) => Promise<Fault>)[],
  pause: (ms: number) => Promise<void>,
): Promise<Measured> {
  const done: Fault[] = [];
  // A silence needs deliveries before it.
  while (plant.counter.counts().once === 0) await pause(20);
  await pause(2000);
  const startedMs = performance.now();
  const endsMs = startedMs + minutes * 60_000;
  for (let turn = 0; turn < faults.length || performance.now() < endsMs; turn += 1) {
    const fault = faults[turn % faults.length];
    if (fault !== undefined) done.push(await fault(plant));
  }
  const lost = await plant.drain(DRAIN_MS);
  const { once, twice, outOfOrder } = plant.counter.counts();
  const silencesMs: Record<string, number[]> = {};
  const otherwiseMs: number[] = [];
  for (const [index, { kind, atMs }] of done.entries()) {
    const silenceMs = plant.counter.silenceMs(atMs, atMs + CONSEQUENCE_MS);
    silencesMs[kind] ??= [];
    silencesMs[kind].push(silenceMs);
    const calmFromMs = atMs + CONSEQUENCE_MS + silenceMs;
    const calmToMs = done[index + 1]?.atMs ?? calmFromMs;
    if (calmFromMs < calmToMs) otherwiseMs.push(plant.counter.silenceMs(calmFromMs, calmToMs));
  }
  return {
    name,
    minutes,
    readings: plant.machine.last(),
    delivered: once,
    lost,
    twice,
    outOfOrder,
    silencesMs,
    otherwiseMs: Math.max(0, ...otherwiseMs),
  };
}
