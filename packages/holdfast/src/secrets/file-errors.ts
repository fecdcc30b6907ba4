/** Whether the file system said that there is no such file. */
export function isMissingFile(thrown: unknown): boolean {
  return systemReason(thrown) === 'ENOENT' || systemReason(thrown) === 'ENOTDIR';
}

/** The code of a file system's error, such as EACCES. Never the message of another error: it may hold what was read. */
export function systemReason(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown reason';
}
