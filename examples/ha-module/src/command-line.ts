import { ElectionError } from '@holdfast/election';

/** The command line cannot be used; the message names the option. */
export class UsageError extends Error {}

/**
 * What the command line asks for, or undefined where nothing is left to do: the help was asked for, or this Node.js is too
 * old, or `read` threw a UsageError. That is said then, and the exit code set.
 */
export function readCommandLine<T>(help: string, read: (args: readonly string[]) => T): T | undefined {
  const args = process.argv.slice(2);
  const old = nodeTooOld(process.versions.node);
  if (old !== undefined) {
    console.error(old);
    process.exitCode = 2;
    return undefined;
  }
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    return undefined;
  }
  try {
    return read(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\nSee --help.`);
    process.exitCode = 2;
    return undefined;
  }
}

/** What to say to who runs this with a Node.js without node:sqlite. Whatever imports that is loaded after this. */
export function nodeTooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) return undefined;
  return `this needs Node.js 22.13 or newer, for node:sqlite; this is ${version}`;
}

/** An error as one reads it on a terminal: an election's with its code and remedy, a request's with its cause. */
export function reasonOf(error: unknown): string {
  if (error instanceof ElectionError) return `${error.code}: ${error.message}\n${error.remedy}`;
  if (!(error instanceof Error)) return String(error);
  // fetch says no more than "fetch failed"; where a name has several addresses, the message is empty.
  if (error instanceof TypeError && error.cause !== undefined) return reasonOf(error.cause);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
