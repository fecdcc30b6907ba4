/** Every way a dedupe can refuse, as a code that does not change. */
export const DEDUPE_CODES = {
  'HF-DEDUPE-OPTION': 'an option, or a call, cannot be used as it is',
  'HF-DEDUPE-MEMORY': 'the memory of the window cannot be allocated',
  'HF-DEDUPE-STORE-UNREACHABLE': 'the store did not answer',
  'HF-DEDUPE-STORE-DENIED': 'the store refuses these credentials, or the file cannot be opened',
  'HF-DEDUPE-STORE-FAILED': 'the store answered with an error',
  'HF-DEDUPE-FOREIGN-STORE': 'the key, table or stream holds something that no dedupe wrote',
  'HF-DEDUPE-CLOSED': 'it was used after close()',
  // holdfast-dedupe alone
  'HF-DEDUPE-BROKER-UNREACHABLE': 'a broker did not answer',
  'HF-DEDUPE-BROKER-DENIED': 'a broker refuses these credentials, the subscription or the topic',
  'HF-DEDUPE-BROKER-UNFIT': 'a broker does not offer what the guarantee needs',
  'HF-DEDUPE-MESSAGE-REFUSED': 'the broker of the output does not take a message',
  'HF-DEDUPE-TWIN': 'two receivers use one name',
  'HF-DEDUPE-MQTT-MISSING': 'the package mqtt is not installed',
} as const;

export type DedupeCode = keyof typeof DEDUPE_CODES;

/** The one error type that leaves this package: what is wrong here, and what to do about it. */
export class DedupeError extends Error {
  override readonly name = 'DedupeError';
  readonly code: DedupeCode;
  /** What the reader can do now; one sentence in the imperative. */
  readonly remedy: string;

  constructor(code: DedupeCode, message: string, remedy: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}

/** What an error of any kind says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
