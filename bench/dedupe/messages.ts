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
 * Messages `from` to `to`, each followed by the copy of that LAG before. Strings as a parser makes them, in one piece: those
 * put together by JavaScript are trees until somebody reads them.
 */
export function messages(kind: KindName, from: number, to: number): string[] {
  const make = KINDS[kind];
  const lines: string[] = [];
  for (let n = from; n < to; n += 1) {
    lines.push(make(n));
    if (n >= LAG) lines.push(make(n - LAG));
  }
  return Buffer.from(lines.join('\n'), 'latin1').toString('latin1').split('\n').map(inOnePiece);
}

function inOnePiece(line: string): string {
  return Buffer.from(line, 'latin1').toString('latin1');
}

function scattered(n: number): string {
  return (Math.imul(n, 2654435761) >>> 0).toString(16).padStart(8, '0');
}
