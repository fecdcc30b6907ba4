import { setTimeout as sleep } from 'node:timers/promises';
import { type Plant, startPlant } from './plant.ts';
import { table } from './table.ts';

/**
 * npm start: two hosts send everything, both are killed in turn, the consumer misses nothing and sees nothing twice.
 * Ends by itself after about 25 s, with 0 if that was so and 1 if not.
 */
const READINGS_PER_SECOND = 200;

/** What happens when, in seconds from the start. */
const STORY: readonly {
  readonly atSeconds: number;
  readonly says: string;
  act?(plant: Plant): Promise<void> | void;
}[] = [
  { atSeconds: 0, says: 'both hosts read the machine and send everything' },
  { atSeconds: 4, says: 'host A is killed: B alone delivers', act: ({ senders }) => senders.A.stop('SIGKILL') },
  {
    atSeconds: 8,
    says: 'host A is back: it sends what it has missed, all of it copies',
    act: ({ senders }) => senders.A.start(),
  },
  { atSeconds: 12, says: 'host B is killed: A alone delivers', act: ({ senders }) => senders.B.stop('SIGKILL') },
  { atSeconds: 16, says: 'host B is back', act: ({ senders }) => senders.B.start() },
];
const LASTS_SECONDS = 20;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

try {
  process.exitCode = await run(stopping.signal);
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  console.error('stopped; nothing is left behind');
  process.exitCode = 130;
}

async function run(signal: AbortSignal): Promise<number> {
  const plant = await startPlant({ readingsPerSecond: READINGS_PER_SECOND }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
  });
  if (plant === undefined) return 69;
  try {
    await tell(plant, signal);
    const lost = await plant.drain(10_000);
    const { once, twice, outOfOrder, longestSilenceMs } = plant.counter.counts();
    console.log(`
readings of the machine   ${plant.machine.last()}
delivered once            ${once}
lost                      ${lost}
twice                     ${twice}
out of order              ${outOfOrder}
longest silence           ${longestSilenceMs.toFixed(0)} ms`);
    return lost === 0 && twice === 0 ? 0 : 1;
  } finally {
    await plant.stop();
  }
}

async function tell(plant: Plant, signal: AbortSignal): Promise<void> {
  const draw = drawer();
  const startedMs = performance.now();
  const story = [...STORY];
  let happening = '';
  for (let seconds = 0; seconds < LASTS_SECONDS; seconds = (performance.now() - startedMs) / 1000) {
    while (story[0] !== undefined && story[0].atSeconds <= seconds) {
      const next = story.shift();
      happening = next?.says ?? '';
      await next?.act?.(plant);
      draw.nextChapter();
    }
    draw.picture(
      table({
        seconds,
        happening,
        readings: plant.machine.last(),
        senders: (['A', 'B'] as const).map((name) => ({
          name,
          running: plant.senders[name].running(),
          behind: plant.behind(name),
        })),
        receiver: await plant.receiverStatus(),
        counts: plant.counter.counts(),
      }),
    );
    await sleep(250, undefined, { signal });
  }
}

/** On a terminal one picture that changes; elsewhere each picture once for each line of the story. */
function drawer() {
  let height = 0;
  let isDue = false;
  return {
    nextChapter() {
      isDue = true;
    },
    picture(text: string) {
      if (process.stdout.isTTY) {
        if (height > 0) process.stdout.write(`\x1b[${height}A\x1b[J`);
        height = text.split('\n').length;
        console.log(text);
      } else if (isDue) {
        console.log(text);
        isDue = false;
      }
    },
  };
}
