const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

/**
 * Why a file could not be read, to stand after its name: `does not exist`. Of other errors only the code is shown, never the
 * message: it may hold what was read.
 */
export function whyUnreadable(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined;
  if (code === undefined) return 'cannot be read';
  return reasons[code] ?? `cannot be read (${code})`;
}
