import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Gate } from './gate.ts';

/** Name of the request header that carries the token. */
export const FENCING_HEADER = 'x-fencing-token';

/** What a request was let in with. */
export interface Admission {
  readonly token: number;
  /** Whether no higher token has been let in meanwhile. Ask again right before the write, with no await in between. */
  stillAdmitted(): boolean;
}

/**
 * Lets only requests of the newest leader through to `handler`: 428 Precondition Required without a token or with what is none, 412
 * Precondition Failed with one that is too small (RFC 6585 section 3, RFC 9110 section 15.5.13).
 *
 * This looks at the headers. While the body comes, or whatever else `handler` waits for, a newer leader's request may be
 * let in and carried out: so ask `stillAdmitted` before the write, or make it with writeFenced and the token.
 */
export function fencedHandler(
  gate: Gate,
  handler: (request: IncomingMessage, response: ServerResponse, admission: Admission) => void,
): RequestListener {
  return (request, response) => {
    const token = tokenOf(request);
    if (token === undefined) response.writeHead(428).end(`${FENCING_HEADER} is missing or no number\n`);
    else if (!gate.admits(token)) response.writeHead(412).end(`another leader has a higher token than ${token}\n`);
    else handler(request, response, { token, stillAdmitted: () => gate.admits(token) });
  };
}

function tokenOf(request: IncomingMessage): number | undefined {
  const text = request.headers[FENCING_HEADER];
  return typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
