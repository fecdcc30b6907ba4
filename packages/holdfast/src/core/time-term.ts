/**
 * One part of a time that is added up from what is configured. Whatever costs a fault seconds (a fencing device, a kind of
 * state) says so in a function beside its own description, in these terms; `budget` adds them up.
 */
export interface TimeTerm {
  /** What passes, in a few words: `consensus`. */
  readonly name: string;
  /** At most. */
  readonly seconds: number;
  /** Why it passes, in words. */
  readonly because: string;
  /**
   * Who decides how long: a key of the site file; a value that Holdfast writes into an engine's configuration; the engine's own
   * source; or nobody, so that it is assumed, and measured by drills.
   */
  readonly origin: 'site-file' | 'holdfast' | 'upstream' | 'assumed';
  /** The key, the option, or the name of the allowance. */
  readonly setting: string;
  /** What that is now: `1s`. */
  readonly value: string;
  /** Where it is written that the time is this: man page, file of the upstream project, or where it was measured. */
  readonly source: string;
}

/** A time that nobody configures, in milliseconds: a bound for 99 of 100 cases on machines that are not overloaded. */
export interface Allowance {
  readonly ms: number;
  /** What happens in that time. */
  readonly what: string;
  /** Where it was measured, and what came out. */
  readonly measured: string;
}
