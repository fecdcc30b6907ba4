import { isIP, isIPv6 } from 'node:net';

export interface Endpoint {
  readonly host: string;
  /** Absent where the text names none. */
  readonly port?: number;
}

/**
 * `host`, `host:port`, `address`, `address:port`, `[IPv6]` or `[IPv6]:port`; a bare IPv6 address has no port. Undefined where
 * the text is none of them.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  if (isIPv6(text)) return { host: text };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/.exec(text);
  const [, bracketed, bare, portText] = match ?? [];
  const host = bracketed ?? bare;
  if (host === undefined || (bracketed !== undefined && !isIPv6(bracketed))) return undefined;
  if (looksLikeIpv4(host) && isIP(host) === 0) return undefined;
  if (portText === undefined) return { host };
  const port = Number(portText);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

function looksLikeIpv4(host: string): boolean {
  return /^[0-9.]+$/.test(host);
}
