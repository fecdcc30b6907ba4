import { type Clock, HoldfastError } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';

/** How a machine's clock stands to the clock of this computer. */
export interface ClockOffset {
  /** What must be taken from the machine's time to get ours. */
  readonly aheadMs: number;
  /** How far `aheadMs` may be wrong, either way. */
  readonly uncertaintyMs: number;
}

export const sameClock: ClockOffset = { aheadMs: 0, uncertaintyMs: 0 };

const rounds = 5;

/**
 * Asks the machine for the time a few times and keeps the quickest round: its middle is at most half a round trip away from
 * when the machine looked (Cristian's algorithm).
 */
export async function measureClockOffset(host: Host, clock: Clock): Promise<ClockOffset> {
  let best: ClockOffset | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const askedAtMs = clock.now();
    const { stdout } = await host.run('date +%s%N', { timeoutMs: 10_000 });
    const answeredAtMs = clock.now();
    const theirsMs = readNanoseconds(stdout);
    if (theirsMs === undefined) throw noTime(host, stdout);
    const uncertaintyMs = (answeredAtMs - askedAtMs) / 2;
    if (best === undefined || uncertaintyMs < best.uncertaintyMs) {
      best = { aheadMs: theirsMs - (askedAtMs + answeredAtMs) / 2, uncertaintyMs };
    }
  }
  return best ?? sameClock;
}

/** Milliseconds of what `date +%s%N` printed. */
export function readNanoseconds(text: string): number | undefined {
  const digits = text.trim();
  return /^\d{19}$/.test(digits) ? Number(BigInt(digits) / 1000n) / 1000 : undefined;
}

function noTime(host: Host, printed: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-CLOCK',
    message: `${host.name} answered "${printed.trim().slice(0, 80)}" when it was asked for the time in nanoseconds.`,
    remedy: 'Install GNU coreutils on that machine: `date +%s%N` must print 19 digits.',
    source: 'site',
  });
}
