import { BlockList, isIPv6 } from 'node:net';
import type { Site } from '../site/index.ts';

/** The indexes of the links in whose network the address of the users lies. */
export function linksOfUsers({ address, nodes }: Site): readonly number[] {
  const network = new BlockList();
  network.addSubnet(address.ip, address.prefixLength, familyOf(address.ip));
  return nodes[0].links.flatMap((link, index) => (network.check(link, familyOf(link)) ? [index] : []));
}

function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return isIPv6(ip) ? 'ipv6' : 'ipv4';
}
