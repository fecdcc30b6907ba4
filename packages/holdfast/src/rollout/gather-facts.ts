import { type Clock, HoldfastError, type Problem } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import type { Blueprint } from '../patterns/index.ts';
import { patience, type Site } from '../site/index.ts';
import type { Facts, HostFacts } from './facts.ts';
import { factsRequest } from './facts-request.ts';
import { factsScript } from './facts-script.ts';
import { readFacts } from './read-facts.ts';

const factsTimeoutMs = 60_000;

/**
 * Asks every machine of the site at once, one script each. Throws one HoldfastError with the problem of each machine that
 * cannot be asked.
 */
export async function gatherFacts(options: {
  readonly site: Site;
  readonly blueprint: Blueprint;
  readonly hosts: Hosts;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}): Promise<Facts> {
  const { site, blueprint, hosts, clock, signal } = options;
  const asked = await Promise.allSettled(
    blueprint.hosts.map(async (spec): Promise<HostFacts> => {
      const host = hosts.get(spec.name);
      const request = factsRequest(site, blueprint, spec);
      const sentAtMs = clock.now();
      const limits = { timeoutMs: factsTimeoutMs * patience(site), ...(signal === undefined ? {} : { signal }) };
      const { stdout } = await host.run(factsScript(request), limits);
      return readFacts(spec.name, request, stdout, { sentAtMs, answeredAtMs: clock.now() });
    }),
  );
  const [first, ...others] = asked.flatMap((each): readonly Problem[] => {
    if (each.status === 'fulfilled') return [];
    if (each.reason instanceof HoldfastError) return each.reason.problems;
    throw each.reason;
  });
  if (first !== undefined) throw new HoldfastError([first, ...others]);
  return { hosts: asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])) };
}
