/** How Pacemaker reads the values of its own options. */

/** Milliseconds; undefined for what Pacemaker does not take. A bare number is seconds (lib/common/utils.c, `pcmk__parse_ms`). */
export function milliseconds(text: string): number | undefined {
  const [, number, unit] = /^\s*(-?\d{1,15})\s*([a-z]*)\s*$/i.exec(text) ?? [];
  if (number === undefined || unit === undefined) return iso8601(text);
  const factor = unitMs.get(unit.toLowerCase());
  return factor === undefined ? undefined : Number(number) * factor;
}

const unitMs: ReadonlyMap<string, number> = new Map(
  Object.entries({
    '': 1000,
    s: 1000,
    sec: 1000,
    ms: 1,
    msec: 1,
    us: 0.001,
    usec: 0.001,
    m: 60_000,
    min: 60_000,
    h: 3_600_000,
    hr: 3_600_000,
  }),
);

/** Operations and failure-timeout also take `PT1M30S`. Months and years, which have no fixed length, are left out; Pacemaker does not insist on the T. */
function iso8601(text: string): number | undefined {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(text);
  if (match === null || !/\d/.test(text)) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

/** lib/common/strings.c, `pcmk__parse_bool`. */
export function truth(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (['true', 'on', 'yes', 'y', '1'].includes(word)) return true;
  return ['false', 'off', 'no', 'n', '0'].includes(word) ? false : undefined;
}

/** A score; INFINITY is a million, and nothing is more (lib/common/scores.c). */
export function score(text: string): number | undefined {
  const word = text.trim();
  if (/^\+?infinity$/i.test(word)) return infinity;
  if (/^-infinity$/i.test(word)) return -infinity;
  if (!/^[+-]?\d+$/.test(word)) return undefined;
  return Math.max(-infinity, Math.min(infinity, Number(word)));
}

export const infinity = 1_000_000;

export function seconds(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}

/** `a, b and c`; of a long list the first and how many more. */
export function list(names: readonly string[]): string {
  if (names.length > 6) return `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
