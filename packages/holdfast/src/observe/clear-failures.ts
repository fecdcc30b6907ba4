import { HoldfastError } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { reachId, replicaCloneId } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { countedIds, groupId } from './scene.ts';

/**
 * Lets the cluster forget failures and look again at what really runs (`crm_resource --refresh`): of one resource, or, without
 * one, of all, and then of earlier fencing, too. Waits until the cluster has looked. Changes nothing that runs well.
 * Throws HF-CLEAR-RESOURCE, HF-CLEAR-REFUSED and what hosts throw.
 */
export async function clearFailures(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  options: { readonly resource?: string; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { resource, signal } = options;
  const clones = [
    ...(site.state.type === 'drbd' ? [replicaCloneId] : []),
    ...(site.reach.length === 0 ? [] : [reachId]),
  ];
  const known = [groupId, ...clones, ...countedIds(site)];
  if (resource !== undefined && !known.includes(resource)) {
    throw new HoldfastError({
      code: 'HF-CLEAR-RESOURCE',
      message: `${site.name} has no resource ${resource}.`,
      remedy: `Name one of ${known.join(', ')}, or none for all.`,
      source: 'user',
    });
  }
  const refusals: string[] = [];
  for (const { name } of site.nodes) {
    try {
      const run = { timeoutMs: 120_000, ...(signal === undefined ? {} : { signal }) };
      const result = await hosts.get(name).run(clearScript(resource), run);
      if (result.exitCode === 0) return;
      refusals.push(`${name}: ${result.stderr.trim().split('\n')[0] ?? `exit code ${result.exitCode}`}`);
    } catch (error) {
      if (signal?.aborted || !(error instanceof HoldfastError)) throw error;
      refusals.push(`${name}: ${error.message}`);
    }
  }
  throw new HoldfastError({
    code: 'HF-CLEAR-REFUSED',
    message: `No node took the order. ${refusals.join('; ')}`,
    remedy: 'See what holdfast status says of the site.',
    source: 'site',
  });
}

/** Until the cluster has looked again it believes that nothing runs: only then is it done. */
/** Ids of fencing devices: `fence-alpha`, and where a node has levels `fence1-alpha`, `fence1a-alpha`. */
function isDevice(resource: string): boolean {
  return /^fence\d*[a-z]?-/.test(resource);
}

function clearScript(resource: string | undefined): string {
  const refresh = `crm_resource --refresh${resource === undefined ? '' : ` --resource ${resource}`}`;
  const fencing = resource === undefined || isDevice(resource) ? " && stonith_admin --cleanup --history '*'" : '';
  return `${refresh}${fencing} && crm_resource --wait --timeout 60`;
}
