import type { ErrorSource } from '../core/index.ts';

/** What each exit code says. docs/cli.md holds the same table. */
export const exitCodes = {
  0: 'Done.',
  1: 'Holdfast itself failed: a defect, or something on this computer that it needs.',
  2: 'The site file or the command is wrong.',
  3: "The site's machines are at fault: one cannot be reached, or it refused.",
  4: '`status`: the site does not serve, or would not survive the next fault. `fencing test`: a device does not work. `state`: the two copies are not the same.',
  5: '`drill`: a drill failed.',
  6: '`drill`: the outcome is unknown.',
  7: '`lint`: a finding is as bad as `--fail-on` says, or worse.',
  130: 'Interrupted by Ctrl-C or SIGTERM.',
} as const;

export type ExitCode = keyof typeof exitCodes;

/** The exit code of an error, by who can mend it. */
export function exitCodeOf(source: ErrorSource): ExitCode {
  switch (source) {
    case 'tool':
      return 1;
    case 'user':
      return 2;
    case 'site':
      return 3;
  }
}
