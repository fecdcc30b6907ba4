import { switchingDevices } from '../../patterns/index.ts';
import type { Finding } from '../assessment-types.ts';
import { breaking, countedIds, holdfast, neededIds, type Scene } from '../scene.ts';
import type { FailedOperation, ResourceHistory } from '../snapshot-types.ts';
import { takeover } from './takeover.ts';

/** No failure that the cluster remembers keeps the workloads away from a node. */
export function checkFailures(scene: Scene): readonly Finding[] {
  const { view } = scene;
  if (view === undefined) return [];
  const ours = countedIds(scene.site);
  // Where a device that switches power runs, its last check alone judges it: nothing is done about failures there. Elsewhere they
  // tell of a member that cannot run it.
  const switching = switchingDevices(scene.site).map(({ id }) => id);
  const runsThere = (id: string, node: string) => view.resources.find((each) => each.id === id)?.nodes.includes(node);
  const isOurs = ({ resource, node }: { readonly resource: string; readonly node: string }) =>
    ours.includes(resource) && !(switching.includes(resource) && runsThere(resource, node));
  const hard = view.failures.filter((failure) => isOurs(failure) && hardExitCodes.includes(failure.exitCode));
  const counted = view.history.filter((history) => isOurs(history) && history.failCount > 0);
  return [
    ...hard.map((failure) => neverAgain(scene, failure)),
    ...counted
      .filter(({ node, resource }) => !hard.some((each) => each.node === node && each.resource === resource))
      .map((history) => failed(scene, history)),
  ];
}

/**
 * Exit codes after which Pacemaker does not start the resource on that node again, however often it has failed: invalid
 * parameter, unimplemented, insufficient privileges, not installed, not configured (pacemaker, lib/pengine/unpack.c,
 * `remap_operation`).
 */
const hardExitCodes: readonly number[] = [2, 3, 4, 5, 6];

function neverAgain(scene: Scene, { node, resource, task, reason }: FailedOperation): Finding {
  const matters = node === scene.passive && neededIds(scene.site).includes(resource);
  return {
    code: 'HF-STATUS-HARD-FAILURE',
    severity: matters ? 'danger' : 'warning',
    where: node,
    message: `The ${task} of ${resource} on ${node} failed for good (${reason}): the cluster will not start it there again.`,
    remedy: 'Mend the cause, then let the cluster forget the failure.',
    command: holdfast(scene, 'clear', resource),
    breaks: matters ? breaking('no', takeover) : {},
  };
}

function failed(scene: Scene, { node, resource, failCount, migrationThreshold }: ResourceHistory): Finding {
  const count = failCount >= 1_000_000 ? 'endless failures' : failCount === 1 ? 'one failure' : `${failCount} failures`;
  const command = holdfast(scene, 'clear', resource);
  const given = failCount >= migrationThreshold;
  if (given && node === scene.passive && neededIds(scene.site).includes(resource)) {
    return {
      code: 'HF-STATUS-FAIL-COUNT',
      severity: 'danger',
      where: node,
      message: `The cluster counts ${count} of ${resource} on ${node}${lastReason(scene, node, resource)}: it will not start it there again.`,
      remedy: 'Mend the cause, then let the cluster forget the failures.',
      command,
      breaks: breaking('no', takeover),
    };
  }
  const next = given
    ? ': it does not start it there until that is forgotten'
    : migrationThreshold >= 1_000_000
      ? ''
      : `; with ${migrationThreshold} it moves away from there`;
  return {
    code: 'HF-STATUS-FAILURES',
    severity: 'warning',
    where: node,
    message: `The cluster counts ${count} of ${resource} on ${node}${lastReason(scene, node, resource)}${next}.`,
    remedy: 'Find out why; the count goes by itself after a time without failures.',
    command,
    breaks: {},
  };
}

function lastReason({ view }: Scene, node: string, resource: string): string {
  const last = view?.failures.filter((each) => each.node === node && each.resource === resource).at(-1);
  return last === undefined ? '' : ` (${last.task}: ${last.reason})`;
}
