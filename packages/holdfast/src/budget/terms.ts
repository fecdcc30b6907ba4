import { formatDuration, type TimeTerm } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import { type AllowanceName, allowances } from './allowances.ts';

/** A time that the site file sets; `key` is its key there. */
export function fromSite(name: string, ms: number, key: string, because: string, source: string): TimeTerm {
  return { name, seconds: ms / 1000, because, origin: 'site-file', setting: key, value: formatDuration(ms), source };
}

/** A time that Holdfast writes into the configuration of an engine. */
export function fromHoldfast(name: string, ms: number, option: string, because: string, source: string): TimeTerm {
  return { name, seconds: ms / 1000, because, origin: 'holdfast', setting: option, value: formatDuration(ms), source };
}

/** A time that nobody configures; `name` where the same is allowed for several things. */
export function assumed(allowance: AllowanceName, name: string): TimeTerm {
  const { ms, what, measured } = allowances[allowance];
  return {
    name,
    seconds: ms / 1000,
    because: what,
    origin: 'assumed',
    setting: allowance,
    value: formatDuration(ms),
    source: measured,
  };
}

/** What is assumed for a server, on the machines of this site. What engines and files decide is as long everywhere. */
export function onMachinesOf({ timing: { slowness } }: Pick<Site, 'timing'>, terms: readonly TimeTerm[]): TimeTerm[] {
  return terms.map((term) =>
    term.origin === 'assumed' && slowness > 1
      ? {
          ...term,
          seconds: Math.round(term.seconds * slowness * 1000) / 1000,
          because: `${term.because}; timing.slowness: ${slowness}`,
          value: `${slowness} × ${term.value}`,
        }
      : term,
  );
}

/** The terms as they are added up for people: `token 1`. */
export function termsInWords(terms: readonly TimeTerm[]): readonly string[] {
  return terms.map(({ name, seconds }) => `${name} ${seconds}`);
}

/** Their sum in seconds, added in milliseconds: tenths of seconds do not add up exactly. */
export function sumOf(terms: readonly TimeTerm[]): number {
  return terms.reduce((total, { seconds }) => total + Math.round(seconds * 1000), 0) / 1000;
}
