import { HoldfastError } from './errors.ts';

/** Milliseconds in each unit, the longest first. */
const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Pacemaker and timers count in 32 bits of milliseconds: about 24 days. */
export const longestDurationMs = 2 ** 31 - 1;

/** What a duration looks like, for the JSON Schema of the site file. Half a millisecond passes here and not below. */
export const durationPattern = /^[0-9]{1,10}(\.[0-9]{1,3})?(ms|s|m|h|d)$/;

/**
 * Milliseconds of a duration such as `500ms`, `10s`, `1.5s`, `2m`, `4h` or `1d`. Throws a HoldfastError when it is anything
 * else, is no whole number of milliseconds, or is longer than 24 days.
 */
export function parseDuration(text: string): number {
  const shown = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  const match = /^([0-9]{1,10}(?:\.[0-9]{1,3})?)\s*([^0-9.\s]*)$/u.exec(text);
  const number = match?.[1];
  const unit = match?.[2] ?? '';
  if (number === undefined) throw malformed(shown);
  if (unit === '') {
    throw problem('HF-DURATION-NO-UNIT', `\`${shown}\` is a number without a unit.`, whichUnit(number));
  }
  if (!isUnit(unit)) {
    throw problem(
      'HF-DURATION-UNIT',
      `\`${unit.slice(0, 20)}\` in \`${shown}\` is no unit of time.`,
      whichUnit(number),
    );
  }
  const ms = Math.round(Number(number) * unitMs[unit] * 1000) / 1000;
  if (!durationPattern.test(text) || !Number.isInteger(ms)) throw malformed(shown);
  if (ms > longestDurationMs) {
    throw problem('HF-DURATION-TOO-LONG', `\`${shown}\` is too long.`, 'Write a duration of at most 24d.');
  }
  return ms;
}

/** The shortest exact way to write it, in one unit: 90s, 1500ms, 2m. `parseDuration` reads it back. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  for (const [unit, factor] of Object.entries(unitMs)) {
    if (ms % factor === 0) return `${ms / factor}${unit}`;
  }
  return `${ms}ms`;
}

/** The remedy for a bare number: what it may have meant, the likeliest first. */
export function whichUnit(number: string, likeliest: 's' | 'ms' = 's'): string {
  const [seconds, milliseconds] = [`${number}s for seconds`, `${number}ms for milliseconds`];
  const [first, second] = likeliest === 's' ? [seconds, milliseconds] : [milliseconds, seconds];
  return `Write ${first}, ${second} or ${number}m for minutes.`;
}

function isUnit(text: string): text is keyof typeof unitMs {
  return Object.hasOwn(unitMs, text);
}

function malformed(shown: string): HoldfastError {
  return problem(
    'HF-DURATION-FORM',
    `\`${shown}\` is no duration.`,
    'Write one number and one unit, such as 10s, 500ms, 1.5s, 2m, 4h or 1d.',
  );
}

function problem(
  code: 'HF-DURATION-NO-UNIT' | 'HF-DURATION-UNIT' | 'HF-DURATION-FORM' | 'HF-DURATION-TOO-LONG',
  message: string,
  remedy: string,
): HoldfastError {
  return new HoldfastError({ code, message, remedy, source: 'user' });
}
