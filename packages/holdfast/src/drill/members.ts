import type { Host } from '../hosts/index.ts';
import type { Site } from '../site/index.ts';
import type { ClockOffset } from './evidence/index.ts';
import type { Member } from './faults/index.ts';

/** The Corosync members of the site, the nodes first, each with how it is reached and how its clock stands. */
export function membersOf(
  site: Site,
  hosts: readonly Host[],
  offsetOf: (name: string) => ClockOffset | undefined,
): readonly Member[] {
  const machines = [...site.nodes, ...(site.witness?.kind === 'member' ? [site.witness] : [])];
  return machines.flatMap(({ name, links }) => {
    const host = hosts.find((each) => each.name === name);
    const offset = offsetOf(name);
    return host === undefined || offset === undefined ? [] : [{ name, links, host, offset }];
  });
}
