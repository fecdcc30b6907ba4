import { HoldfastError } from './errors.ts';

/**
 * One word of a POSIX shell command, whatever the value holds (XCU 2.2.2: nothing is special between single quotes).
 * Throws HF-WORKLOAD-VALUE for a NUL character, which no argument can hold.
 */
export function shellQuote(value: string): string {
  if (value.includes('\0')) {
    throw new HoldfastError({
      code: 'HF-WORKLOAD-VALUE',
      message: `The value ${JSON.stringify(value)} contains a NUL character, which no command line can hold.`,
      remedy: 'Remove the NUL character from the site file.',
      source: 'user',
    });
  }
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** The same for a command that a person reads and types: left as it is where the shell would leave it. */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : shellQuote(value);
}
