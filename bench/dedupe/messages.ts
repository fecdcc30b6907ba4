/** Kinds of keys, by how the table holds them: hashed, as a UUID, as a short string. */
export const KINDS = {
  text: (n: number) => `cell-7/press/${String(n).padStart(9, '0')}`,
  uuid: (n: number) => `${scattered(n)}-5d3c-4e2a-9b1f-${n.toString(16).padStart(12, '0')}`,
  short: (n: number) => `p7/${n}`,
};

export type KindName = keyof typeof KINDS;

/** How many messages after the first copy the second comes. */
const LAG = 1000;

/**
 * Messages `from` to `to`, each followed by the copy of that LAG before.
 */
export function messages(kind: KindName, from: number, to: number): string[] {
  const make = KINDS[kind];
  const lines: string[] = [];
  for (let n = from; n < to; n += 1) {
    lines.push(make(n));
    if (n >= LAG) lines.push(make(n - LAG));
  }
  return parsed(lines);
}

/** The same without copies, to fill a window in half the time. */
export function firsts(kind: KindName, from: number, to: number): string[] {
  const make = KINDS[kind];
  return parsed(Array.from({ length: to - from }, (_, at) => make(from + at)));
}

/** Strings as a parser makes them, in one piece: those put together by JavaScript are trees until somebody reads them. */
function parsed(lines: readonly string[]): string[] {
  const strings: unknown = JSON.parse(JSON.stringify(lines));
  return Array.isArray(strings) ? strings.filter((each) => typeof each === 'string') : [];
}

function scattered(n: number): string {
  return (Math.imul(n, 2654435761) >>> 0).toString(16).padStart(8, '0');
}
