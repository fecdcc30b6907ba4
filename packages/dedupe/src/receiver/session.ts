import type { IClientOptions } from 'mqtt';

/**
 * A connection whose session the broker keeps for `sessionSeconds` after it has ended, made again for ever. Subscriptions
 * and repetitions are the caller's business.
 *
 * @param connection host, port, TLS, login
 */
export function sessionOptions(
  connection: IClientOptions,
  clientId: string,
  sessionSeconds: number,
  receiveMaximum?: number,
): IClientOptions {
  return {
    ...connection,
    protocolVersion: 5,
    clientId,
    clean: false,
    resubscribe: false,
    reconnectPeriod: 100,
    reconnectOnConnackError: true,
    keepalive: 10,
    properties: { sessionExpiryInterval: sessionSeconds, ...(receiveMaximum === undefined ? {} : { receiveMaximum }) },
  };
}
