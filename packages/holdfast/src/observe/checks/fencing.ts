import { type NodeDevice, nodeDevices, witnessFenceId } from '../../patterns/index.ts';
import { fencingSecrets, type SiteNode } from '../../site/index.ts';
import type { FaultClass, Finding } from '../assessment-types.ts';
import { breaking, holdfast, lossOf, reachableMachine, type Scene } from '../scene.ts';
import type { ClusterResource } from '../snapshot-types.ts';
import { secretPath } from '../survey-script.ts';

/** Every node can be made surely dead, now, by a member that survives it. */
export function checkFencing(scene: Scene): readonly Finding[] {
  const { site, view } = scene;
  const accepted = site.acceptedRisks.some(({ risk }) => risk === 'no-fencing');
  if (accepted && site.nodes.some((node) => node.fencing === undefined)) return [];
  if (view === undefined) return [];
  return [
    ...(view.fencingEnabled ? [] : [switchedOff(scene)]),
    ...site.nodes.flatMap((node) => [...devices(scene, node.name), ...history(scene, node), ...passwords(scene, node)]),
    ...(site.witness?.kind === 'member' ? witnessDevice(scene, site.witness.name) : []),
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

/** With several levels a node can be fenced as long as one of them is whole: then a dead device is a warning. */
function devices(scene: Scene, node: string): Finding[] {
  const all = nodeDevices(scene.site).filter((each) => each.node === node);
  const trouble = all.flatMap((each) => deviceTrouble(scene, each));
  const brokenLevels = new Set(trouble.map(({ level }) => level));
  const isCovered = all.some(({ level }) => !brokenLevels.has(level));
  return trouble.map(({ finding, answer }) =>
    isCovered
      ? { ...finding, severity: 'warning', message: `${finding.message} Another level still can.`, breaks: {} }
      : { ...finding, breaks: breaking(answer, faultsOf(scene, node)) },
  );
}

function witnessDevice(scene: Scene, witness: string): Finding[] {
  const device = { id: witnessFenceId(witness), node: witness, level: 1, device: 'watchdog' } as const;
  return deviceTrouble(scene, device).map(({ finding, answer }) => ({
    ...finding,
    breaks: breaking(answer, faultsOf(scene, witness)),
  }));
}

interface DeviceTrouble {
  readonly level: number;
  readonly answer: 'no' | 'unknown';
  readonly finding: Omit<Finding, 'breaks'>;
}

function deviceTrouble(scene: Scene, { id, node, level, device }: NodeDevice): DeviceTrouble[] {
  const resource = scene.view?.resources.find((each) => each.id === id);
  const trouble = (answer: 'no' | 'unknown', finding: Pick<Finding, 'code' | 'message' | 'remedy' | 'command'>) => [
    { level, answer, finding: { ...finding, severity: 'danger', where: id } as const },
  ];
  if (resource === undefined) {
    return trouble('no', {
      code: 'HF-STATUS-FENCE-DEVICE-ABSENT',
      message: `The cluster has no fencing device ${id} for ${node}.`,
      remedy: 'Apply the site file.',
      command: holdfast(scene, 'apply'),
    });
  }
  const runsOn = resource.nodes[0];
  const monitored = scene.view?.history.find(
    (each) => each.resource === id && each.node === runsOn,
  )?.lastMonitorExitCode;
  if (!resource.active || resource.failed || (monitored !== undefined && monitored !== 0)) {
    return trouble('no', {
      code: 'HF-STATUS-FENCE-DEVICE-FAILED',
      message: `The fencing device ${id} does not work (${troubleOf(scene, resource, monitored)}): it cannot make ${node} surely dead.`,
      ...(resource.active && device !== 'watchdog'
        ? {
            remedy: `See whether it answers the cluster's members, and mend it; the cluster looks again by itself, once a minute.`,
            command: holdfast(scene, 'fencing test', node),
          }
        : {
            remedy: `Start it again, and see why it does not start if it lasts.`,
            command: holdfast(scene, 'clear', id),
          }),
    });
  }
  // A watchdog is never asked, and the device of a witness only confirms that a lost one holds nothing.
  if (monitored === undefined && device !== 'watchdog') {
    return trouble('unknown', {
      code: 'HF-STATUS-FENCE-DEVICE-UNCHECKED',
      message: `The fencing device ${id} of ${node} runs on ${runsOn ?? 'no node'}, but was not checked yet: nobody knows whether it works.`,
      remedy: 'Wait for its first check; if none comes, apply the site file, which asks for checks.',
      command: holdfast(scene, 'status', '--watch'),
    });
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
      command: holdfast(scene, 'clear', firstDeviceOf(scene, name)),
      breaks: breaking('unknown', faultsOf(scene, name)),
    },
  ];
}

function firstDeviceOf({ site }: Scene, node: string): string {
  return nodeDevices(site).find((each) => each.node === node)?.id ?? node;
}

/** The members that survive a node must have the passwords that its fencing devices ask for. */
function passwords(scene: Scene, node: SiteNode): Finding[] {
  return fencingSecrets(node).flatMap((secret) => password(scene, node.name, secretPath(secret)));
}

function password(scene: Scene, name: string, path: string): Finding[] {
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
