import type { Finding } from '../assessment-types.ts';
import { breaking, onMachine, resourceIds, type Scene, stoppedUnits } from '../scene.ts';
import type { ClusterView } from '../snapshot-types.ts';

/** All members see the same cluster. Where they do not, no single view is worth much: loudly. */
export function checkViews(scene: Scene): readonly Finding[] {
  const known = scene.reachable.flatMap(({ name, cluster }) =>
    cluster.known ? [{ name, cluster: cluster.value }] : [],
  );
  // One that joins, or is cut off, has no quorum and is offline to the others: that is said of it, and it can do nothing.
  const outside = (name: string) => scene.view?.nodes.some((node) => node.name === name && !node.online) === true;
  const views = known.filter(({ name, cluster }) => cluster.quorate || !outside(name));
  // A cluster that is stopped everywhere is said of each member.
  if (known.length === 0)
    return scene.reachable.some((each) => stoppedUnits(each).length === 0) ? [nobodySees(scene)] : [];
  const seen = new Map<string, string[]>();
  for (const { name, cluster } of views) {
    const sight = describe(cluster, scene);
    seen.set(sight, [...(seen.get(sight) ?? []), name]);
  }
  if (seen.size < 2) return [];
  return [
    {
      code: 'HF-STATUS-SPLIT-VIEW',
      severity: 'danger',
      where: scene.site.name,
      message: `The members disagree. ${[...seen].map(([sight, names]) => `${names.join(' and ')}: ${sight}`).join('. ')}.`,
      remedy:
        'Do not start anything by hand. Look again in a few seconds; if they still disagree, find out which links are down before anything else.',
      command: onMachine(scene, views[0]?.name ?? '', 'corosync-cfgtool -s'),
      serves: 'unknown',
      breaks: breaking('unknown', scene.everything),
    },
  ];
}

function nobodySees(scene: Scene): Finding {
  return {
    code: 'HF-STATUS-NO-VIEW',
    severity: 'danger',
    where: scene.site.name,
    message: 'No member says how it sees the cluster.',
    remedy: 'Mend what is said about the members below, then look again.',
    serves: 'unknown',
    breaks: breaking('unknown', scene.everything),
  };
}

function describe({ nodes, dc, quorate, resources }: ClusterView, { site }: Scene): string {
  const online = nodes.filter((node) => node.online).map(({ name }) => name);
  const ids = resourceIds(site);
  const where = new Set(resources.filter(({ id }) => ids.includes(id)).flatMap((each) => each.nodes));
  const runs = where.size === 0 ? 'it runs nowhere' : `it runs on ${[...where].sort().join(' and ')}`;
  return `online ${online.sort().join(', ') || 'nobody'}, DC ${dc ?? 'nobody'}, ${quorate ? 'quorum' : 'no quorum'}, ${runs}`;
}
