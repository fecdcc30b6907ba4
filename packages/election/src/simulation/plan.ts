import { MAX_CLOCK_RATE_ERROR } from '../core/timings.ts';
import { type Random, randomFrom } from './random.ts';

/** One thing that goes wrong at one instant and is mended at another. Microseconds of simulated time. */
export type Fault =
  /** No message passes between this candidate and the store. */
  | { readonly kind: 'partition'; readonly candidate: number; readonly atUs: number; readonly untilUs: number }
  /** The process dies and is started again. */
  | { readonly kind: 'crash'; readonly candidate: number; readonly atUs: number; readonly untilUs: number }
  /** The process does not run, its clocks do: a blocked event loop, SIGSTOP, swapping. */
  | { readonly kind: 'pause'; readonly candidate: number; readonly atUs: number; readonly untilUs: number }
  /** The machine sleeps: the clock that counts running time stops too, the wall clock goes on. */
  | { readonly kind: 'suspend'; readonly candidate: number; readonly atUs: number; readonly untilUs: number }
  /** Every clock of the machine stops, as under a hypervisor that pauses it. Outside what the algorithm can bear. */
  | { readonly kind: 'freeze'; readonly candidate: number; readonly atUs: number; readonly untilUs: number }
  /** The clocks of this machine begin to run at another rate. */
  | { readonly kind: 'drift'; readonly candidate: number; readonly atUs: number; readonly rate: number }
  /** The store answers nobody; what it holds stays. */
  | { readonly kind: 'outage'; readonly atUs: number; readonly untilUs: number }
  /** The store loses the key. */
  | { readonly kind: 'deletion'; readonly atUs: number };

/** Everything that was drawn beforehand for one schedule. */
export interface Plan {
  readonly seed: number;
  readonly leaseMs: number;
  readonly rates: readonly number[];
  readonly watch: boolean;
  /** Chance that a message, in either direction, is lost. */
  readonly loss: number;
  /** Half of all messages take at most this long one way. */
  readonly delayUs: number;
  /** Chance that a message takes up to two leases. */
  readonly straggle: number;
  /** Chance, for each term, that its work ends by itself. */
  readonly finish: number;
  readonly faults: readonly Fault[];
  /** From here on nothing goes wrong any more. */
  readonly calmUs: number;
}

const LEASE_MS = 100;
const LEASE_US = LEASE_MS * 1000;

/** Draws a schedule. Half of them use the extreme clock rates, because that is where margins break. */
export function planOf(seed: number): Plan {
  const random = randomFrom(seed);
  const candidates = 2 + random.below(random.chance(0.3) ? 3 : 2);
  const rates = Array.from({ length: candidates }, () => rate(random));
  const lengthUs = LEASE_US * random.between(3, 8);
  const faults = Array.from({ length: random.below(6) }, () => fault(random, candidates, lengthUs));
  return {
    seed,
    leaseMs: LEASE_MS,
    rates,
    watch: random.chance(0.5),
    loss: random.chance(0.4) ? random.between(0, 0.25) : 0,
    delayUs: LEASE_US * random.between(0.002, 0.06),
    straggle: random.chance(0.4) ? 0.05 : 0,
    finish: random.chance(0.3) ? 0.5 : 0,
    faults,
    calmUs: faults.reduce((latest, each) => Math.max(latest, 'untilUs' in each ? each.untilUs : each.atUs), lengthUs),
  };
}

function rate(random: Random): number {
  const extreme = MAX_CLOCK_RATE_ERROR * 0.999;
  if (random.chance(0.5)) return random.chance(0.5) ? 1 + extreme : 1 - extreme;
  return 1 + random.between(-extreme, extreme);
}

const KINDS = ['partition', 'partition', 'crash', 'pause', 'pause', 'suspend', 'drift', 'outage', 'deletion'] as const;

function fault(random: Random, candidates: number, lengthUs: number): Fault {
  const kind = KINDS[random.below(KINDS.length)] ?? 'pause';
  const candidate = random.below(candidates);
  const atUs = random.between(0, lengthUs);
  const untilUs = atUs + LEASE_US * random.between(0.02, random.chance(0.5) ? 0.6 : 2.5);
  switch (kind) {
    case 'drift':
      return { kind, candidate, atUs, rate: rate(random) };
    case 'deletion':
      return { kind, atUs };
    case 'outage':
      return { kind, atUs, untilUs };
    default:
      return { kind, candidate, atUs, untilUs };
  }
}
