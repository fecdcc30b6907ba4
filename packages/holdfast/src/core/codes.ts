/**
 * Every error code of Holdfast, with what it means in one line. The page docs/errors.md is made from this table.
 * A code is `HF-<AREA>-<NAME>`; it never changes its meaning and is never used again for another one.
 */
export const errorCodes = {
  'HF-SITE-UNREADABLE': 'The site file cannot be read.',
  'HF-CLI-USAGE': 'The command line is not one that Holdfast understands.',
  'HF-CLI-INTERRUPTED': 'The command was interrupted by Ctrl-C or SIGTERM.',
  'HF-CLI-DEFECT': 'Holdfast failed in a way that it should not. This is a defect of Holdfast.',
} as const satisfies Record<`HF-${string}`, string>;

export type ErrorCode = keyof typeof errorCodes;
