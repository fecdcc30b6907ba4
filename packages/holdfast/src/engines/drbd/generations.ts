/**
 * DRBD's generation identifiers of one side: what its data descends from. Random numbers of 64 bits; the lowest bit says only
 * whether the side was primary, and is left out of comparisons.
 */
export interface Generations {
  readonly current: string;
  /** The generation since which this side keeps note of changed blocks; zeros: it keeps none. */
  readonly bitmap: string;
  readonly history: readonly string[];
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
  // What keeps note of changes has lost a partner. A promotion by force on DRBD 8.4 makes two generations at once, and the one that both
  // knew is dropped ("bm UUID was already set", drbd_main.c, `drbd_uuid_new_current`); it calls that a split brain too, by its rule 100.
  const hasLostAPartner = one.bitmap !== none || two.bitmap !== none;
  return shareOrigin(first, second) || hasLostAPartner ? 'split-brain' : 'unrelated';
}

/** Whether both still know a generation that they came from: only then their notes of what changed since are sure to be enough. */
export function shareOrigin(first: Generations, second: Generations): boolean {
  const [one, two] = [comparable(first), comparable(second)];
  const known = [two.bitmap, ...two.history];
  return [one.bitmap, ...one.history].some((each) => each !== none && known.includes(each));
}

const none = '0000000000000000';
/** UUID_JUST_CREATED in drbd.h: what create-md writes. */
const justCreated = '0000000000000004';

/** Notes that were just made, and no data. */
export function isNewGeneration({ current }: Generations): boolean {
  return current === justCreated || current === none;
}

function comparable({ current, bitmap, history }: Generations): Generations {
  return { current: withoutRole(current), bitmap: withoutRole(bitmap), history: history.map(withoutRole) };
}

function withoutRole(generation: string): string {
  const number = BigInt(`0x${generation}`);
  return (number - (number & 1n)).toString(16).toUpperCase().padStart(16, '0');
}
