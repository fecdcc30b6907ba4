import type { Finding } from '../assessment-types.ts';
import { breaking, holdfast, onMachine, resourceIds, type Scene } from '../scene.ts';
import type { ClusterResource } from '../snapshot-types.ts';

/** The cluster property in which Holdfast notes when it took its hands off (ISO 8601). */
export const maintenanceSinceProperty = 'holdfast-maintenance-since';

/** The cluster runs state, address and workloads, manages them, and none of them has failed. */
export function checkResources(scene: Scene): readonly Finding[] {
  const { view } = scene;
  if (view === undefined) return [];
  if (resourceIds(scene.site).every((id) => view.resources.every((each) => each.id !== id))) return [notApplied(scene)];
  const findings = resourceIds(scene.site).flatMap((id) => {
    const resource = view.resources.find((each) => each.id === id);
    return resource === undefined ? [unconfigured(scene, id)] : stateOf(scene, resource, waitsForAnother(scene, id));
  });
  return view.maintenanceMode ? [maintenance(scene), ...findings] : findings;
}

function notApplied(scene: Scene): Finding {
  return {
    code: 'HF-STATUS-NOT-APPLIED',
    severity: 'danger',
    where: scene.site.name,
    message: 'The cluster runs, but has nothing of this site in its configuration.',
    remedy: 'Apply the site file.',
    command: holdfast(scene, 'apply'),
    serves: 'no',
    breaks: breaking('no', scene.everything),
  };
}

function unconfigured(scene: Scene, id: string): Finding {
  return {
    code: 'HF-STATUS-NOT-CONFIGURED',
    severity: 'danger',
    where: id,
    message: `The cluster's configuration has no resource ${id}.`,
    remedy: 'Apply the site file.',
    command: holdfast(scene, 'apply'),
    serves: 'no',
    breaks: breaking('no', scene.everything),
  };
}

function maintenance(scene: Scene): Finding {
  return {
    code: 'HF-STATUS-MAINTENANCE',
    severity: 'danger',
    where: scene.site.name,
    message: `NO PROTECTION: the whole site is in maintenance${maintenanceSince(scene)}: the cluster starts, stops and moves nothing.`,
    remedy: 'End the maintenance when the work is done.',
    command: holdfast(scene, 'maintenance', 'off'),
    breaks: breaking('no', scene.everything),
  };
}

function maintenanceSince(scene: Scene): string {
  for (const { configuration } of scene.reachable) {
    const at = configuration.known ? configuration.value.properties[maintenanceSinceProperty] : undefined;
    if (at !== undefined) return ` since ${at}`;
  }
  return '';
}

/** One that was started before it in the group does not run, and says why nothing after it does. */
function waitsForAnother(scene: Scene, id: string): boolean {
  const ids = resourceIds(scene.site);
  return ids
    .slice(0, ids.indexOf(id))
    .some((before) => scene.view?.resources.find((each) => each.id === before)?.active === false);
}

function stateOf(scene: Scene, resource: ClusterResource, waits: boolean): Finding[] {
  const { id, nodes } = resource;
  const findings: Finding[] = [];
  if (nodes.length > 1) {
    findings.push({
      code: 'HF-STATUS-TWO-ACTIVE',
      severity: 'danger',
      where: nodes.join(' and '),
      message: `TWO ACTIVE: the cluster says that ${id} runs on ${nodes.join(' and ')} at the same time.`,
      remedy: 'Let it stop both and start one.',
      command: holdfast(scene, 'clear', id),
      serves: 'no',
      breaks: breaking('no', scene.everything),
    });
  } else if (['Starting', 'Stopping', 'Migrating'].includes(resource.role)) {
    findings.push({
      code: 'HF-STATUS-BUSY',
      severity: 'danger',
      where: id,
      message: `${id} is ${resource.role.toLowerCase()} at this moment.`,
      remedy: 'Wait a few seconds.',
      command: holdfast(scene, 'status', '--watch'),
      serves: 'unknown',
      breaks: breaking('unknown', scene.everything),
    });
  } else if (!resource.active && !waits) {
    findings.push(stopped(scene, resource));
  }
  if (resource.failed) findings.push(failed(scene, resource));
  if (resource.blocked) findings.push(blocked(scene, resource));
  if (!resource.managed && !resource.blocked && scene.view?.maintenanceMode === false)
    findings.push(unmanaged(scene, id));
  return findings;
}

function stopped(scene: Scene, { id, targetRole }: ClusterResource): Finding {
  const wanted = targetRole === 'Stopped';
  return {
    code: wanted ? 'HF-STATUS-SWITCHED-OFF' : 'HF-STATUS-NOT-RUNNING',
    severity: 'danger',
    where: id,
    message: wanted
      ? `${id} does not run: somebody told the cluster to keep it stopped.`
      : `${id} runs nowhere${waiting(scene, id)}.`,
    remedy: wanted
      ? 'Apply the site file, which wants it started.'
      : 'Mend the cause, then let the cluster forget the failures and try again.',
    command: wanted ? holdfast(scene, 'apply') : holdfast(scene, 'clear', id),
    serves: 'no',
    breaks: breaking('no', scene.everything),
  };
}

function waiting(scene: Scene, id: string): string {
  const after = resourceIds(scene.site).slice(resourceIds(scene.site).indexOf(id) + 1);
  return after.length === 0 ? '' : `, so neither ${after.length === 1 ? 'does' : 'do'} ${after.join(' and ')}`;
}

function failed(scene: Scene, { id, nodes }: ClusterResource): Finding {
  return {
    code: 'HF-STATUS-FAILED',
    severity: 'danger',
    where: id,
    message: `${id} has failed${nodes.length > 0 ? ` on ${nodes.join(', ')}` : ''} and the cluster has not recovered it.`,
    remedy: 'Mend the cause, then let the cluster forget the failure.',
    command: holdfast(scene, 'clear', id),
    serves: 'unknown',
    breaks: breaking('unknown', scene.everything),
  };
}

function blocked(scene: Scene, { id, nodes }: ClusterResource): Finding {
  return {
    code: 'HF-STATUS-BLOCKED',
    severity: 'danger',
    where: id,
    message: `The cluster has given up on ${id} (blocked): its stop failed, and nobody fenced the node.`,
    remedy: `Stop it by hand${nodes[0] === undefined ? '' : ` on ${nodes[0]}`}, then let the cluster forget the failure.`,
    command: holdfast(scene, 'clear', id),
    breaks: breaking('no', scene.everything),
  };
}

function unmanaged(scene: Scene, id: string): Finding {
  return {
    code: 'HF-STATUS-UNMANAGED',
    severity: 'danger',
    where: id,
    message: `The cluster does not manage ${id}: it will not restart or move it.`,
    remedy: 'Let the cluster manage it again.',
    command: onMachine(scene, scene.viewOf ?? '', `crm_resource --meta --resource ${id} --delete-parameter is-managed`),
    breaks: breaking('no', scene.everything),
  };
}
