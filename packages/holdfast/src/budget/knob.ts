import type { Site } from '../site/index.ts';

/** What of the site file would have to be changed. */
export interface Change {
  readonly setting: string;
  /** What to do, with what it is now: `set timing.token to 1s (now 3s)`. */
  readonly words: string;
}

export interface Edit extends Change {
  readonly apply: (site: Site) => Site;
}

export interface Knob {
  /** Knobs of a group exclude each other: values of one setting, the mildest first. */
  readonly group: string;
  readonly cost: number;
  readonly edits: readonly Edit[];
}

export function setTo(setting: string, value: string, now: string): Change {
  return { setting, words: `set ${setting} to ${value} (now ${now})` };
}
