import { type Finding, showPath } from './finding.ts';
import type { Path } from './yaml.ts';

/** `password`, `passwd`, `pwd`, `secret`, and the usual slips of them; not `active-passive`. */
const secretWord = /pas+(?!s?ive)|p[a-z]{0,3}s[a-z]{0,3}w|pwd|secret/i;

/**
 * Whether people write a real password in such a place, misspelt or not. What stands there goes into no message: messages
 * end in logs, in CI and in bug reports.
 */
export function mayHoldPassword(path: Path): boolean {
  return path.some((step) => typeof step === 'string' && speaksOfPassword(step));
}

export function speaksOfPassword(text: string): boolean {
  return secretWord.test(text);
}

/** What stands where the name of a secret belongs, and is none. `file` is the site file. */
export function notASecretName(path: Path, file: string): Finding {
  return {
    code: 'HF-SITE-SECRET-NAME',
    path,
    message: `\`${showPath(path)}\` is not the name of a secret (its text is not shown: it may be the password itself).`,
    remedy: `Write a name, such as bmc-alpha, and run \`holdfast secrets set ${file} bmc-alpha\`. If this was the real password, change it.`,
  };
}
