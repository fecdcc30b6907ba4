/**
 * Every error code of Holdfast, with what it means in one line. The page docs/errors.md is made from this table.
 * A code is `HF-<AREA>-<NAME>`; it never changes its meaning and is never used again for another one.
 */
export const errorCodes = {
  'HF-SITE-UNREADABLE': 'The site file cannot be read.',
} as const satisfies Record<`HF-${string}`, string>;

export type ErrorCode = keyof typeof errorCodes;
