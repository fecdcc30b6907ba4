/** Why the programs of the lab image cannot be run here; undefined: they can. */
export declare const oracleMissing: string | undefined;
export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** Both streams: some checkers complain on standard output. */
  readonly said: string;
}
/**
 * Runs a /bin/sh script with the programs of the lab image, as root of a file system of its own: the image below, `files` (by
 * absolute path) above, and everything that is written gone at the end. It has no network.
 */
export declare function runInImage(
  script: string,
  files?: Readonly<Record<string, string>>,
  stdin?: string,
): ProgramResult;
