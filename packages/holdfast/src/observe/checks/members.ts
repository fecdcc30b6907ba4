import { nodeDevices, witnessFenceId } from '../../patterns/index.ts';
import type { Finding } from '../assessment-types.ts';
import {
  breaking,
  ended,
  holdfast,
  lossOf,
  needing,
  onMachine,
  reachableMachine,
  type Scene,
  stoppedUnits,
} from '../scene.ts';
import type { ClusterNode } from '../snapshot-types.ts';

/** Every machine is reachable and a working member of the cluster. */
export function checkMembers(scene: Scene): readonly Finding[] {
  return [...unreachable(scene), ...silent(scene), ...witnessHost(scene), ...memberStates(scene), ...noDc(scene)];
}

function unreachable(scene: Scene): Finding[] {
  return scene.snapshot.machines.flatMap((machine) => {
    if (machine.reachable) return [];
    const { name } = machine;
    const maybeActive = name === scene.active || (scene.active === null && machine.role === 'node');
    return {
      code: 'HF-STATUS-UNREACHABLE',
      severity: 'danger',
      where: name,
      message: `${name} cannot be reached: ${ended(machine.why)}`,
      remedy: `See whether ${name} has power and its management network, then try again.`,
      command: onMachine(scene, name, 'true'),
      ...(maybeActive ? { serves: 'unknown' } : {}),
      breaks: breaking('unknown', needing(scene, name)),
    };
  });
}

/** Reachable, but its part of the cluster does not answer. */
function silent(scene: Scene): Finding[] {
  return scene.members.flatMap((name): Finding[] => {
    const machine = reachableMachine(scene, name);
    if (machine === undefined || machine.cluster.known) return [];
    const down = stoppedUnits(machine);
    if (down.length > 0) {
      return [
        {
          code: 'HF-STATUS-CLUSTER-STOPPED',
          severity: 'danger',
          where: name,
          message: `The cluster does not run on ${name}: ${down.join(' and ')} ${down.length > 1 ? 'are' : 'is'} stopped.`,
          remedy: `Start the cluster on ${name}.`,
          command: onMachine(scene, name, 'systemctl start corosync pacemaker'),
          ...servesBecauseOf(scene, name),
          breaks: breaking('no', needing(scene, name)),
        },
      ];
    }
    return [
      {
        code: 'HF-STATUS-VIEW-UNKNOWN',
        severity: 'danger',
        where: name,
        message: `Pacemaker on ${name} does not say how it sees the cluster: ${ended(machine.cluster.why)}`,
        remedy: `Read why in its journal.`,
        command: onMachine(scene, name, 'journalctl -b -u pacemaker -n 50'),
        ...(name === scene.active ? { serves: 'unknown' } : {}),
        breaks: breaking('unknown', needing(scene, name)),
      },
    ];
  });
}

/** Where the cluster runs nowhere, nobody serves; where it is stopped on the active node, nobody knows what still runs there. */
function servesBecauseOf(scene: Scene, name: string): Pick<Finding, 'serves'> {
  const everywhere = scene.members.every((each) => {
    const machine = reachableMachine(scene, each);
    return machine !== undefined && stoppedUnits(machine).length > 0;
  });
  if (everywhere) return { serves: 'no' };
  return name === scene.active ? { serves: 'unknown' } : {};
}

function witnessHost(scene: Scene): Finding[] {
  const { witness } = scene.site;
  const machine = witness?.kind === 'qnetd' ? reachableMachine(scene, witness.name) : undefined;
  if (witness === undefined || machine === undefined) return [];
  const running = machine.units.known && machine.units.value.some(({ active }) => active === 'active');
  if (running) return [];
  return [
    {
      code: 'HF-STATUS-QNETD-STOPPED',
      severity: 'danger',
      where: witness.name,
      message: `corosync-qnetd ${machine.units.known ? 'does not run' : 'may not run'} on ${witness.name}: nobody gives the third vote.`,
      remedy: 'Start it.',
      command: onMachine(scene, witness.name, 'systemctl start corosync-qnetd'),
      breaks: breaking(machine.units.known ? 'no' : 'unknown', needing(scene, witness.name)),
    },
  ];
}

function memberStates(scene: Scene): Finding[] {
  const { view } = scene;
  if (view === undefined) return [];
  return scene.members.flatMap((name) => {
    const node = view.nodes.find((each) => each.name === name);
    return node === undefined ? [absent(scene, name)] : stateOf(scene, node);
  });
}

function absent(scene: Scene, name: string): Finding {
  return {
    code: 'HF-STATUS-NOT-A-MEMBER',
    severity: 'danger',
    where: name,
    message: `The cluster does not know ${name}.`,
    remedy: 'Apply the site file.',
    command: holdfast(scene, 'apply'),
    breaks: breaking('no', needing(scene, name)),
  };
}

function stateOf(scene: Scene, node: ClusterNode): Finding[] {
  const { name } = node;
  const needed = needing(scene, name);
  if (node.unclean) return [unclean(scene, name), ...drained(scene, node)];
  if (!node.online || node.pending) {
    return [
      {
        code: 'HF-STATUS-OFFLINE',
        severity: 'danger',
        where: name,
        message: node.pending ? `${name} is joining the cluster.` : `${name} is not in the cluster (offline).`,
        remedy: node.pending ? 'Wait a few seconds.' : `Switch ${name} on, or start the cluster on it.`,
        command: node.pending
          ? holdfast(scene, 'status')
          : onMachine(scene, name, 'systemctl start corosync pacemaker'),
        ...(name === scene.active ? { serves: 'no' as const } : {}),
        breaks: breaking('no', needed),
      },
      ...drained(scene, node),
    ];
  }
  const findings = drained(scene, node);
  if (node.maintenance && scene.view?.maintenanceMode !== true) {
    findings.push({
      code: 'HF-STATUS-NODE-MAINTENANCE',
      severity: 'danger',
      where: name,
      message: `${name} is in Pacemaker's node maintenance: the cluster lets whatever happens there happen.`,
      remedy: 'End it when the work is done.',
      command: onMachine(scene, name, `crm_attribute --node ${name} --name maintenance --delete`),
      breaks: breaking('no', needed),
    });
  }
  if (node.shuttingDown) {
    findings.push({
      code: 'HF-STATUS-LEAVING',
      severity: 'danger',
      where: name,
      message: `${name} is leaving the cluster.`,
      remedy: 'Wait until it is gone, and start the cluster on it again when the work is done.',
      command: onMachine(scene, name, 'systemctl start corosync pacemaker'),
      breaks: breaking('no', needed),
    });
  }
  return findings;
}

/**
 * Also of a node that is off: it comes back drained. A witness is never meant to run anything, and Pacemaker says `standby` of
 * every node that is joining (lib/pengine/unpack.c, `determine_online_status_fencing`).
 */
function drained(scene: Scene, { name, standby, pending }: ClusterNode): Finding[] {
  if (!standby || pending || name === scene.site.witness?.name) return [];
  return [
    {
      code: 'HF-STATUS-STANDBY',
      severity: 'danger',
      where: name,
      message: `${name} is in maintenance (standby)${since(scene, name)}: it takes nothing over.`,
      remedy: 'End the maintenance when the work is done.',
      command: holdfast(scene, 'maintenance', `off --node ${name}`),
      // A planned stop of the active node is not a fault yet.
      breaks: breaking('no', name === scene.active ? [] : ['active-node-loss', 'link-loss', 'planned-move']),
    },
  ];
}

/**
 * Pacemaker starts nothing that needs fencing, wherever it is, before every unclean node is fenced
 * (pacemaker, lib/pacemaker/pcmk_sched_fencing.c, `order_start_vs_fencing`).
 */
function unclean(scene: Scene, name: string): Finding {
  const lost = {
    code: 'HF-STATUS-UNCLEAN',
    severity: 'danger',
    where: name,
    breaks: breaking(
      'no',
      scene.everything.filter((each) => each !== lossOf(scene, name)),
    ),
  } as const;
  const quorum = reachableMachine(scene, scene.viewOf ?? null)?.quorum;
  if (quorum?.known && !quorum.value.quorate) {
    // Nobody is fenced then, and nothing starts when a person confirms either: the cause is said beside this.
    return {
      ...lost,
      message: `${name} is lost, and nobody fences it without quorum.`,
      remedy: 'Bring the quorum back: it is fenced then.',
      command: holdfast(scene, 'status', '--watch'),
    };
  }
  const ids = nodeDevices(scene.site).flatMap(({ id, node }) => (node === name ? [id] : []));
  const hasDevice = scene.view?.resources.some(({ id }) => [...ids, witnessFenceId(name)].includes(id)) === true;
  return {
    ...lost,
    message: hasDevice
      ? `${name} is lost and not fenced yet: until then the cluster starts nothing anywhere.`
      : `${name} is lost and has no fencing device: the cluster waits to know it dead and starts nothing anywhere.`,
    remedy: `Wait as long as a takeover may take (${holdfast(scene, 'budget')}), and look again. Only if it stays so: make sure with your own eyes that ${name} is switched off, then say so to the cluster.`,
    command: onMachine(scene, scene.viewOf ?? name, `stonith_admin --confirm ${name}`),
    // Where nobody serves, this is what keeps it so, and comes before what it causes.
    ...(scene.active === null || name === scene.active ? { serves: 'no' } : {}),
  };
}

function since(scene: Scene, name: string): string {
  for (const { configuration } of scene.reachable) {
    const at = configuration.known ? configuration.value.nodeAttributes[name]?.[standbySinceAttribute] : undefined;
    if (at !== undefined) return ` since ${at}`;
  }
  return '';
}

/** The permanent node attribute in which Holdfast notes when it drained a node (ISO 8601). */
export const standbySinceAttribute = 'holdfast-standby-since';

function noDc(scene: Scene): Finding[] {
  const { view, viewOf } = scene;
  if (view === undefined || viewOf === undefined || view.dc !== null) return [];
  return [
    {
      code: 'HF-STATUS-NO-DC',
      severity: 'danger',
      where: scene.site.name,
      message: 'The cluster has no coordinator (DC): it decides nothing at the moment.',
      remedy: 'Wait for the election; if it does not end, read why.',
      command: onMachine(scene, viewOf, 'journalctl -b -u pacemaker -n 50'),
      breaks: breaking('no', scene.everything),
    },
  ];
}
