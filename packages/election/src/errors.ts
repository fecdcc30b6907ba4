/** Every way an election can refuse or end, as a code that does not change. */
export const ELECTION_CODES = {
  'HF-ELECT-OPTION': 'an option, or an argument of holdfast-elect, cannot be used as it is',
  'HF-ELECT-STORE-UNREACHABLE': 'the store did not answer',
  'HF-ELECT-STORE-DENIED': 'the store refuses these credentials, or its file cannot be opened',
  'HF-ELECT-STORE-FAILED': 'the store answered with something an election cannot use',
  'HF-ELECT-FOREIGN-KEY': 'the key holds something that no election wrote',
  'HF-ELECT-LEASE-TOO-SHORT': 'the lease is shorter than the store needs for its round trips',
  'HF-ELECT-TWIN': 'two candidates use one name',
  'HF-ELECT-LOST': 'the term is over',
  'HF-ELECT-STALE-TOKEN': 'somebody who no longer leads tried to write',
  'HF-ELECT-ASYNC-WORK': 'the work of a fenced write does not end in its transaction',
  'HF-ELECT-CHILD': 'the command could not be run',
} as const;

export type ElectionCode = keyof typeof ELECTION_CODES;

/** The one error type that leaves this package: what is wrong here, and what to do about it. */
export class ElectionError extends Error {
  override readonly name = 'ElectionError';
  readonly code: ElectionCode;
  /** What the reader can do now; one sentence in the imperative. */
  readonly remedy: string;

  constructor(code: ElectionCode, message: string, remedy: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}

/** The error as an ElectionError: itself, or wrapped as a failure of the named store. */
export function storeError(error: unknown, storeName: string): ElectionError {
  if (error instanceof ElectionError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ElectionError(
    'HF-ELECT-STORE-FAILED',
    `${storeName}: ${reason}`,
    'Look at the store itself; the election goes on when it answers again.',
    { cause: error },
  );
}
