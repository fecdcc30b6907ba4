import { DedupeError } from '../errors.ts';

/** One side of the receiver. */
export interface MqttAddress {
  readonly protocol: 'mqtt' | 'mqtts';
  readonly host: string;
  readonly port: number;
  /** A filter for `--from`, a topic or a template for `--to`. */
  readonly topic: string;
}

const ADDRESS = /^(mqtts?):\/\/([^/]*)\/(.+)$/s;
const AUTHORITY = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/;

/**
 * `mqtt://host[:port]/topic`, `mqtts://…` for TLS. Not a URL by the book: a `#` begins no fragment and a `+` is a plus.
 * Throws HF-DEDUPE-OPTION, without repeating what may be a password.
 */
export function mqttAddress(option: string, text: string): MqttAddress {
  refusePassword(option, text);
  const [, protocol, authority = '', topic = ''] = ADDRESS.exec(text) ?? [];
  const [, host = '', port] = AUTHORITY.exec(authority) ?? [];
  if (
    (protocol !== 'mqtt' && protocol !== 'mqtts') ||
    host === '' ||
    Number(port ?? 1) > 65_535 ||
    Number(port) === 0
  ) {
    throw wrong(`--${option} ${text} is no address of topics`, 'Write it as in mqtt://10.0.0.1:1883/cell-7/+/raw.');
  }
  return {
    protocol,
    host: host.replaceAll(/[[\]]/g, ''),
    port: Number(port ?? (protocol === 'mqtt' ? 1883 : 8883)),
    topic,
  };
}

/** For messages: `mqtt://10.0.0.1:1883`. */
export function brokerName({ protocol, host, port }: MqttAddress): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Arguments are seen by everybody on the machine (ps), so no user and no password may stand in one. */
export function refusePassword(option: string, text: string): void {
  if (!/^[a-z]+:\/\/[^/]*@/i.test(text)) return;
  throw wrong(
    `--${option} has a user or password in it, which everybody on this machine can read`,
    'Take it out, and give it by an environment variable or a file: see holdfast-dedupe --help.',
  );
}

export function wrong(message: string, remedy: string): DedupeError {
  return new DedupeError('HF-DEDUPE-OPTION', message, remedy);
}
