import { isIPv4, isIPv6 } from 'node:net';

export interface Ip {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

/** An IPv4 or IPv6 address as a number; undefined where the text is none, has a zone, or has a leading zero (`010`). */
export function parseIp(text: string): Ip | undefined {
  if (isIPv4(text)) return { family: 4, bits: fromGroups(text.split('.').map(Number), 8n) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return { family: 6, bits: fromGroups(ipv6Groups(text), 16n) };
}

export function sameIp(one: Ip, other: Ip): boolean {
  return one.family === other.family && one.bits === other.bits;
}

/** How many bits an address of this family has. */
export function ipLength(family: Ip['family']): number {
  return family === 4 ? 32 : 128;
}

/** Whether both addresses lie in the same network with a prefix of that length. */
export function sameNetwork(one: Ip, other: Ip, prefixLength: number): boolean {
  const hostBits = BigInt(ipLength(one.family) - prefixLength);
  return one.family === other.family && one.bits >> hostBits === other.bits >> hostBits;
}

/**
 * The role that keeps an address from being a host's in its network: the network's own (in IPv6 the routers' anycast address,
 * RFC 4291 2.6.1), or IPv4's broadcast. Networks of one or two addresses have neither (RFC 3021, RFC 6164).
 */
export function reservedRole(ip: Ip, prefixLength: number): 'network' | 'broadcast' | undefined {
  const hostBits = BigInt(ipLength(ip.family) - prefixLength);
  if (hostBits <= 1n) return undefined;
  const ones = (1n << hostBits) - 1n;
  const host = ip.bits & ones;
  if (host === 0n) return 'network';
  return ip.family === 4 && host === ones ? 'broadcast' : undefined;
}

/** What kind of address cannot belong to one machine in a network (RFC 6890, RFC 4291). */
export function unusableKind(ip: Ip): 'loopback' | 'multicast' | 'unspecified' | 'link-local' | undefined {
  const within = (network: string, prefixLength: number): boolean => {
    const other = parseIp(network);
    return other !== undefined && sameNetwork(ip, other, prefixLength);
  };
  if (within('0.0.0.0', 8) || within('::', 128)) return 'unspecified';
  if (within('127.0.0.0', 8) || within('::1', 128)) return 'loopback';
  if (within('224.0.0.0', 3) || within('ff00::', 8)) return 'multicast';
  if (within('fe80::', 10)) return 'link-local';
  return undefined;
}

function ipv6Groups(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const before = groupsOf(head);
  if (tail === undefined) return before;
  const after = groupsOf(tail);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

/** The last group may be written as an IPv4 address and is two groups then. */
function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function fromGroups(groups: readonly number[], width: bigint): bigint {
  return groups.reduce((bits, group) => (bits << width) | BigInt(group), 0n);
}
