/** Every way holdfast-dedupe can refuse or end beyond those of the library, as a code that does not change. */
export const RECEIVER_CODES = {
  'HF-DEDUPE-BROKER-UNREACHABLE': 'a broker did not answer',
  'HF-DEDUPE-BROKER-DENIED': 'a broker refuses these credentials, the subscription or the topic',
  'HF-DEDUPE-BROKER-UNFIT': 'a broker does not offer what the guarantee needs',
  'HF-DEDUPE-TWIN': 'two receivers use one name',
  'HF-DEDUPE-MQTT-MISSING': 'the package mqtt is not installed',
} as const;

export type ReceiverCode = keyof typeof RECEIVER_CODES;

export class ReceiverError extends Error {
  override readonly name = 'ReceiverError';
  readonly code: ReceiverCode;
  /** What the reader can do now; one sentence in the imperative. */
  readonly remedy: string;

  constructor(code: ReceiverCode, message: string, remedy: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
