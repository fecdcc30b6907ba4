import type { SiteNode } from '../../site/index.ts';
import type { FaultClass, Finding } from '../assessment-types.ts';
import { breaking, holdfast, lossOf, reachableMachine, type Scene } from '../scene.ts';
import type { ClusterResource } from '../snapshot-types.ts';
import { secretPath } from '../survey-script.ts';

export const fenceResourceId = (node: string): string => `fence-${node}`;

/** Every node can be made surely dead, now, by a member that survives it. */
export function checkFencing(scene: Scene): readonly Finding[] {
  const { site, view } = scene;
  const accepted = site.acceptedRisks.some(({ risk }) => risk === 'no-fencing');
  if (accepted && site.nodes.some((node) => node.fencing === undefined)) return [];
  if (view === undefined) return [];
  return [
    ...(view.fencingEnabled ? [] : [switchedOff(scene)]),
    ...site.nodes.flatMap((node) => [
      ...device(scene, node.name, true),
      ...history(scene, node),
      ...passwords(scene, node),
    ]),
    // Its device only confirms that a lost witness holds nothing: there is nothing to check from time to time.
    ...(site.witness?.kind === 'member' ? device(scene, site.witness.name, false) : []),
  ];
}

/** A node that cannot be fenced blocks the takeover, or any restart after it was lost. */
function faultsOf(scene: Scene, node: string): readonly FaultClass[] {
  const loss = lossOf(scene, node);
  return loss === 'active-node-loss' ? [loss, 'link-loss'] : [loss];
}

function switchedOff(scene: Scene): Finding {
  return {
    code: 'HF-STATUS-FENCING-OFF',
    severity: 'danger',
    where: scene.site.name,
    message: 'Fencing is switched off in the cluster (stonith-enabled=false): two nodes may become active.',
    remedy: 'Apply the site file, which wants it on.',
    command: holdfast(scene, 'apply'),
    breaks: breaking('no', ['active-node-loss', 'passive-node-loss', 'link-loss']),
  };
}

function device(scene: Scene, name: string, isChecked: boolean): Finding[] {
  const id = fenceResourceId(name);
  const resource = scene.view?.resources.find((each) => each.id === id);
  const breaks = breaking('no', faultsOf(scene, name));
  if (resource === undefined) {
    return [
      {
        code: 'HF-STATUS-FENCE-DEVICE-ABSENT',
        severity: 'danger',
        where: id,
        message: `The cluster has no fencing device for ${name}.`,
        remedy: 'Apply the site file.',
        command: holdfast(scene, 'apply'),
        breaks,
      },
    ];
  }
  const runsOn = resource.nodes[0];
  const monitored = scene.view?.history.find(
    (each) => each.resource === id && each.node === runsOn,
  )?.lastMonitorExitCode;
  if (!resource.active || resource.failed || (monitored !== undefined && monitored !== 0)) {
    return [
      {
        code: 'HF-STATUS-FENCE-DEVICE-FAILED',
        severity: 'danger',
        where: id,
        message: `The fencing device of ${name} does not work (${troubleOf(scene, resource, monitored)}): ${name} cannot be made surely dead.`,
        remedy: `See whether the device answers the cluster's members; then let the cluster try again.`,
        command: holdfast(scene, 'clear', id),
        breaks,
      },
    ];
  }
  if (monitored === undefined && isChecked) {
    return [
      {
        code: 'HF-STATUS-FENCE-DEVICE-UNCHECKED',
        severity: 'danger',
        where: id,
        message: `The fencing device of ${name} runs on ${runsOn ?? 'no node'}, but was not checked yet: nobody knows whether it works.`,
        remedy: 'Wait for its first check; if none comes, apply the site file, which asks for checks.',
        command: holdfast(scene, 'status', '--watch'),
        breaks: breaking('unknown', faultsOf(scene, name)),
      },
    ];
  }
  return [];
}

function troubleOf(scene: Scene, { id, failed, role }: ClusterResource, monitored: number | undefined): string {
  const last = scene.view?.failures.filter(({ resource }) => resource === id).at(-1);
  if (last !== undefined) return `${last.task}: ${last.reason}`;
  if (monitored !== undefined && monitored !== 0) return `its last check ended with ${monitored}`;
  return failed ? 'failed' : role.toLowerCase();
}

/** The newest fencing of this node decides; older ones are history. */
function history(scene: Scene, { name }: SiteNode): Finding[] {
  const event = scene.view?.fencing.find(({ target }) => target === name);
  if (event?.status === 'pending') {
    return [
      {
        code: 'HF-STATUS-FENCING-PENDING',
        severity: 'danger',
        where: name,
        message: `${name} is being fenced at this moment (${event.action}): until that is done nothing is started anywhere.`,
        remedy: 'Wait a few seconds; if it does not end, see whether its fencing device answers.',
        command: holdfast(scene, 'status', '--watch'),
        breaks: breaking(
          'no',
          scene.everything.filter((each) => each !== lossOf(scene, name)),
        ),
      },
    ];
  }
  if (event?.status !== 'failed') return [];
  return [
    {
      code: 'HF-STATUS-FENCING-FAILED',
      severity: 'danger',
      where: name,
      message: `The last time ${name} had to be fenced it failed${event.reason === undefined ? '' : ` (${event.reason})`}${event.completed === undefined ? '' : `, ${event.completed}`}.`,
      remedy: `Find out why and mend it; then let the cluster forget it.`,
      command: holdfast(scene, 'clear', fenceResourceId(name)),
      breaks: breaking('unknown', faultsOf(scene, name)),
    },
  ];
}

/** The members that survive a node must have the password that its fencing device asks for. */
function passwords(scene: Scene, node: SiteNode): Finding[] {
  const { fencing, name } = node;
  if (fencing === undefined) return [];
  const path = secretPath(fencing.password);
  const survivors = scene.members.filter((member) => member !== name);
  const states = survivors.map((member) => ({ member, ...passwordState(scene, member, path) }));
  const someoneHasIt = states.some(({ good }) => good === 'yes');
  return states.flatMap(({ member, good, why }) => {
    if (good === 'yes' || reachableMachine(scene, member) === undefined) return [];
    return {
      code: 'HF-STATUS-FENCE-PASSWORD',
      severity: 'danger',
      where: member,
      message: `${member} may be the one that must fence ${name}, but ${why}.`,
      remedy: 'Apply the site file: it writes the password there again.',
      command: holdfast(scene, 'apply'),
      breaks: breaking(good === 'no' && !someoneHasIt ? 'no' : 'unknown', faultsOf(scene, name)),
    };
  });
}

function passwordState(scene: Scene, member: string, path: string): { good: 'yes' | 'no' | 'unknown'; why: string } {
  const files = reachableMachine(scene, member)?.files;
  if (files === undefined) return { good: 'unknown', why: 'it cannot be reached' };
  if (!files.known) return { good: 'unknown', why: `whether it has ${path} is not known: ${files.why}` };
  const file = files.value.find((each) => each.path === path);
  if (!file?.exists) return { good: 'no', why: `the file ${path} is not there` };
  return file.sizeBytes === 0 ? { good: 'no', why: `the file ${path} is empty` } : { good: 'yes', why: '' };
}
