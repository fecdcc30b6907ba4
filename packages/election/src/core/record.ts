/** What the key in the store holds. It is never deleted: it is what keeps tokens growing from leader to leader. */
export interface LeaseRecord {
  /** Who wrote it, as people know the candidate. */
  readonly holder: string;
  /** Drawn at random by each candidate at its start: tells apart two candidates that were given one name. */
  readonly session: string;
  /** The fencing token: larger for each leader than for all before it. */
  readonly token: number;
  /** How long others wait, from when they saw this record appear, before they may replace it. Milliseconds. */
  readonly leaseMs: number;
  /**
   * Counts the writes of this session, so that no content is ever written twice: in a store whose revision is a hash of
   * the content (an S3 ETag), an old record could otherwise pass for a new one.
   */
  readonly write: number;
  readonly state: LeaseState;
}

/**
 * held: the holder leads, or did until it died. released: it has ended its work, anybody may follow at once.
 * new: the key was absent and has just been created; nobody leads under this record, but somebody may still lead under
 * one that was deleted.
 */
export type LeaseState = 'held' | 'released' | 'new';

/** A record with the revision under which the store holds it. */
export interface Found {
  readonly revision: string;
  readonly record: LeaseRecord;
}

/** The record as the JSON text that is stored. */
export function encodeRecord(record: LeaseRecord): string {
  return JSON.stringify({ holdfast: 1, ...record });
}

/** The record in a stored text, or undefined if something other than an election wrote it. */
export function decodeRecord(text: string): LeaseRecord | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('holdfast' in parsed) || parsed.holdfast !== 1)
    return undefined;
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const [holder, session, state] = [fields.get('holder'), fields.get('session'), fields.get('state')];
  const [token, leaseMs, write] = [fields.get('token'), fields.get('leaseMs'), fields.get('write')];
  if (typeof holder !== 'string' || typeof session !== 'string' || !isLeaseState(state)) return undefined;
  if (!isCount(token) || !isCount(leaseMs) || !isCount(write)) return undefined;
  return { holder, session, token, leaseMs, write, state };
}

/** Whether a was written before b. Tokens grow from leader to leader, writes within one leader's session. */
export function isOlder(a: LeaseRecord, b: LeaseRecord): boolean {
  if (a.token !== b.token) return a.token < b.token;
  return a.session === b.session && a.write < b.write;
}

function isLeaseState(value: unknown): value is LeaseState {
  return value === 'held' || value === 'released' || value === 'new';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
