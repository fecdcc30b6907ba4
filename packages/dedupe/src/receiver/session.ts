import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

export interface SessionOptions {
  /** Host, port, TLS, login. */
  readonly connection: IClientOptions;
  readonly clientId: string;
  /** How long the broker keeps the session after the connection has ended. */
  readonly sessionSeconds: number;
}

/** A connection that is made again for ever. Subscriptions and repetitions are the caller's business. */
export function openSession(
  { connection, clientId, sessionSeconds }: SessionOptions,
  { properties, ...more }: IClientOptions,
): MqttClient {
  return mqtt.connect({
    ...connection,
    ...more,
    protocolVersion: 5,
    clientId,
    clean: false,
    resubscribe: false,
    reconnectPeriod: 100,
    reconnectOnConnackError: true,
    keepalive: 10,
    properties: { ...properties, sessionExpiryInterval: sessionSeconds },
  });
}
