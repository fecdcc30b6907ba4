/** A machine on which commands can be run. The only way anything right of `apply` touches a machine. */
export interface Host {
  readonly name: string;
  /**
   * Runs a POSIX sh script as root and waits. The script text may appear in process lists: secrets go through `stdin`.
   * Throws HoldfastError when the machine cannot be reached or the time is over; a script that ends non-zero is a result.
   */
  run(script: string, options?: RunOptions): Promise<RunResult>;
  /**
   * Runs a script and yields its lines of standard output as they come; ends when the script, the signal or the connection
   * does. Without `timeoutMs` there is no limit. When the reader stops reading, the script is ended on the machine too.
   */
  lines(script: string, options?: RunOptions): AsyncIterable<string>;
  /** Ends the shared connection. Harmless when there is none. */
  close(): Promise<void>;
}

export interface RunOptions {
  /** Sent to the script, then end of file. An iterable is sent as it comes, and keeps standard input open until it ends. */
  readonly stdin?: string | Uint8Array | AsyncIterable<string>;
  /** `run`: default 60 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
