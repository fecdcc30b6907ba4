import type { DrbdReport } from './report.ts';

/**
 * DRBD's generation identifiers of one side: what its data descends from. Random numbers of 64 bits; the lowest bit says only
 * whether the side was primary, and is left out of comparisons.
 */
export interface Generations {
  readonly current: string;
  /** The generation since which this side keeps note of changed blocks; zeros: it keeps none. */
  readonly bitmap: string;
  readonly history: readonly string[];
  /**
   * Of a kernel with DRBD 8.4. A promotion by force makes two generations at once there, and the one that both sides knew is dropped
   * ("bm UUID was already set", drbd_main.c, `drbd_uuid_new_current`).
   */
  readonly forgetful?: boolean;
  /** Half copied. */
  readonly half?: boolean;
}

/** How the data of two sides are related. */
export type Kinship =
  /** The same generation. */
  | 'same'
  /** The first has all that the second has, and more. */
  | 'first-newer'
  | 'second-newer'
  /** Both have written since they were one. */
  | 'split-brain'
  /** They never were one. */
  | 'unrelated'
  /** Neither holds anything yet: their notes were just made. */
  | 'both-new';

/** One line as `drbdadm get-gi` prints it for one peer (8.4 and 9); undefined for anything else. */
export function readGenerations(line: string): Generations | undefined {
  const [, current, bitmap, first, second] =
    /^([0-9A-F]{16}):([0-9A-F]{16}):([0-9A-F]{16}):([0-9A-F]{16}):/i.exec(line.trim()) ?? [];
  if (current === undefined || bitmap === undefined || first === undefined || second === undefined) return undefined;
  return { current, bitmap, history: [first, second] };
}

/** What a node's data descend from, also where DRBD is not up and its tools read the disk. */
export function generationsIn(report: DrbdReport | null | undefined): Generations | undefined {
  return report?.kind === 'up' ? report.status.generations : report?.generations;
}

/** Undefined where one of the two does not say, or where nothing can be said of them now. */
export function relationOf(
  one: DrbdReport | null | undefined,
  other: DrbdReport | null | undefined,
): Kinship | undefined {
  const [first, second] = [generationsIn(one), generationsIn(other)];
  if (first === undefined || second === undefined) return undefined;
  const relation = kinship(first, second);
  // Read at different moments, two ends that begin to copy may look so.
  const haveMet = [one, other].some((report) => report?.kind === 'up' && report.status.connection === 'Connected');
  return relation === 'split-brain' && haveMet ? undefined : relation;
}

/** Whether the notes of the two sides hold every block in which they differ; false where one of them does not say. */
export function knowWhatDiffers(one: DrbdReport | null | undefined, other: DrbdReport | null | undefined): boolean {
  const [first, second] = [generationsIn(one), generationsIn(other)];
  return first !== undefined && second !== undefined && noteTheSame(first, second);
}

/** DRBD's own rules, in their order (`drbd_uuid_compare` in drivers/block/drbd/drbd_receiver.c). */
export function kinship(first: Generations, second: Generations): Kinship {
  const one = comparable(first);
  const two = comparable(second);
  if (isNewGeneration(one) && isNewGeneration(two)) return 'both-new';
  if (isNewGeneration(one)) return 'second-newer';
  if (isNewGeneration(two)) return 'first-newer';
  if (one.current === two.current) return 'same';
  if ([two.bitmap, ...two.history].includes(one.current)) return 'second-newer';
  if ([one.bitmap, ...one.history].includes(two.current)) return 'first-newer';
  const known = [two.bitmap, ...two.history].filter((each) => each !== none && each !== justCreated);
  if ([one.bitmap, ...one.history].some((each) => known.includes(each))) return 'split-brain';
  if (!haveForgotten(one, two)) return 'unrelated';
  // DRBD takes the good one by the states of the disks, whoever has written.
  if (one.half !== two.half) return one.half ? 'second-newer' : 'first-newer';
  return 'split-brain';
}

/**
 * Whether the two may have been one though nothing that both know says so. DRBD 8.4 calls that a split brain because two empty slots
 * of the histories are equal (its rule 100); where there are none, and in DRBD 9, they are unrelated to it, and a person cannot overrule it.
 */
function haveForgotten(one: Generations, two: Generations): boolean {
  const sides = [one, two];
  return (
    sides.every(({ forgetful, history }) => forgetful === true && history.includes(none)) &&
    sides.some(({ bitmap }) => bitmap !== none)
  );
}

/**
 * Whether the two sides keep note of every block in which they differ: both since the same generation (DRBD's rule 90). What they
 * share farther back says nothing of the blocks (its rule 100).
 */
export function noteTheSame(first: Generations, second: Generations): boolean {
  const [one, two] = [comparable(first), comparable(second)];
  return one.bitmap === two.bitmap && one.bitmap !== none && one.bitmap !== justCreated;
}

const none = '0000000000000000';
/** UUID_JUST_CREATED in drbd.h: what create-md writes. */
const justCreated = '0000000000000004';

/** Notes that were just made, and no data. */
export function isNewGeneration({ current }: Generations): boolean {
  return current === justCreated || current === none;
}

function comparable({ current, bitmap, history, forgetful = false, half = false }: Generations) {
  const numbers = { current: withoutRole(current), bitmap: withoutRole(bitmap), history: history.map(withoutRole) };
  return { ...numbers, forgetful, half };
}

function withoutRole(generation: string): string {
  const number = BigInt(`0x${generation}`);
  return (number - (number & 1n)).toString(16).toUpperCase().padStart(16, '0');
}
