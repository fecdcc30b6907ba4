import { bytesInWords } from '../../core/index.ts';
import { type DrbdReport, type DrbdStatus, relationOf } from '../../engines/drbd/index.ts';
import type { Finding } from '../assessment-types.ts';
import { breaking, ended, holdfast, onMachine, reachableMachine, type Scene, stoppedUnits } from '../scene.ts';
import type { ConfigurationView, ReachableMachine } from '../snapshot-types.ts';
import { takeover } from './takeover.ts';

/** Both disks of a replicated state hold every acknowledged write, so that either node can go on alone. */
export function checkReplication(scene: Scene): readonly Finding[] {
  if (scene.site.state.type !== 'drbd') return [];
  const active = reachableMachine(scene, scene.active);
  const passive = reachableMachine(scene, scene.passive);
  const nodes = scene.reachable.filter(({ role }) => role === 'node');
  const unread = nodes.flatMap((machine) => unknown(scene, machine));
  const split = splitBrain(scene, nodes);
  if (split.length > 0) return [...unread, ...split];
  return [
    ...unread,
    ...doubt(scene, nodes),
    ...bothInDoubt(scene, nodes),
    ...(active === undefined ? [] : servingEnd(scene, active)),
    ...(passive === undefined ? [] : standbyEnd(scene, passive, active)),
    ...ban(scene, passive),
  ];
}

/** What the machine says of DRBD, where it says something. */
export function replicaStatus(machine: ReachableMachine | undefined): DrbdStatus | undefined {
  const report = reportOf(machine);
  return report?.kind === 'up' ? report.status : undefined;
}

function reportOf(machine: ReachableMachine | undefined): DrbdReport | undefined {
  return machine?.replica?.known === true ? machine.replica.value : undefined;
}

function unknown(scene: Scene, { name, replica }: ReachableMachine): Finding[] {
  if (replica?.known === true) return [];
  const why = replica === undefined ? 'it was not asked.' : ended(replica.why);
  return [
    {
      code: 'HF-STATUS-REPLICA-UNKNOWN',
      severity: 'danger',
      where: name,
      message: `Whether the disk of ${name} holds every write is not known: ${why}`,
      remedy: 'Look by hand.',
      command: onMachine(scene, name, 'drbdadm status'),
      breaks: breaking('unknown', takeover),
    },
  ];
}

function splitBrain(scene: Scene, nodes: readonly ReachableMachine[]): Finding[] {
  const [one, other] = nodes.map(reportOf);
  if (relationOf(one, other) !== 'split-brain') return [];
  const names = nodes.map(({ name }) => name).join(' and ');
  return [
    {
      code: 'HF-STATUS-SPLIT-BRAIN',
      severity: 'danger',
      where: names,
      message: `SPLIT BRAIN: ${names} have both written since they last were the same. What only one of them has cannot be merged.`,
      remedy: 'See what each would lose, and name the one to discard; a copy of it is kept.',
      command: holdfast(scene, 'state resolve'),
      breaks: breaking('no', takeover),
    },
  ];
}

/** A node that is alone, and whose data may not be the newest: DRBD lets nobody serve them until the other one is there. */
function doubt(scene: Scene, nodes: readonly ReachableMachine[]): Finding[] {
  const [here, ...others] = nodes.filter((machine) => replicaStatus(machine) !== undefined);
  const status = replicaStatus(here);
  const absent = scene.site.nodes.find(({ name }) => name !== here?.name)?.name;
  if (here === undefined || status === undefined || absent === undefined || others.length > 0) return [];
  // Connected, or served from there: it is only this computer that does not hear of it.
  if (status.role === 'Primary' || status.connection === 'Connected' || scene.active === absent) return [];
  const word = promotableOnly(scene);
  const forbidden = word?.node === absent ? word.id : undefined;
  const isOlder = isOlderThan(here, reachableMachine(scene, absent));
  if (status.disk === 'UpToDate' && forbidden === undefined && !isOlder) return [];
  if (!['Consistent', 'Outdated', 'UpToDate'].includes(status.disk)) return [];
  const isStale = status.disk === 'Outdated' || isOlder;
  const maybeStale =
    forbidden === undefined
      ? `${here.name} has come up without ${absent}, and its disk is ${inWords(status.disk)}: ${absent} may have newer writes, so nothing is served.`
      : `${here.name} has come up without ${absent}, which went on alone and forbade ${here.name} to serve, by the constraint ${forbidden}: ${absent} has newer writes, so nothing is served.`;
  return [
    {
      code: 'HF-STATUS-REPLICA-DOUBT',
      severity: 'danger',
      where: here.name,
      message: isStale
        ? `${here.name} has come up without ${absent}, and its disk is ${inWords('Outdated')}: ${absent} went on writing without it, so nothing is served.`
        : maybeStale,
      ...wayOutOfDoubt(scene, here.name, absent, isStale),
      serves: 'no',
      breaks: breaking('no', scene.everything),
    },
  ];
}

/** Both are back and do not find each other: neither knows whose data are the newest, and the fence handler lets nobody be promoted. */
function bothInDoubt(scene: Scene, nodes: readonly ReachableMachine[]): Finding[] {
  const [one, other] = nodes;
  const statuses = nodes.map(replicaStatus).filter((status) => status !== undefined);
  const [status] = statuses;
  if (one === undefined || other === undefined || status === undefined || statuses.length < 2) return [];
  const isInDoubt = ({ role, disk, connection }: DrbdStatus) =>
    role !== 'Primary' && disk !== 'UpToDate' && connection !== 'Connected';
  if (scene.active !== null || !statuses.every(isInDoubt)) return [];
  const names = `${one.name} and ${other.name}`;
  const again = connectAgain(scene, [one, other]);
  return [
    {
      code: 'HF-STATUS-REPLICA-APART',
      severity: 'danger',
      where: names,
      message: `${names} are up, and their disks are not connected (${status.connection}): neither knows whether the other has newer writes, so nothing is served.`,
      remedy:
        again?.remedy ??
        'Mend the network between them, or give it a few seconds where they have just booted. Only if it cannot be mended: switch off the node whose data are to be given up, and ask again.',
      command: again?.command ?? seeConnection(scene, one.name),
      serves: 'no',
      breaks: breaking('no', scene.everything),
    },
  ];
}

type Way = Required<Pick<Finding, 'remedy' | 'command'>>;

/** A machine that answers is not lost, and its data are not to be given up: DRBD is to come up there. */
function wayOutOfDoubt(scene: Scene, here: string, absent: string, isStale: boolean): Way {
  const there = reachableMachine(scene, absent);
  if (there === undefined && scene.view?.nodes.some(({ name, online }) => name === absent && online)) {
    return {
      remedy: `${absent} is in the cluster, and only does not answer here: mend that first, as it may serve, or have the newest data.`,
      command: onMachine(scene, absent, 'true'),
    };
  }
  if (there === undefined && !isStale) {
    return {
      remedy: `Switch ${absent} on. Only if it is lost for ever, go on with what ${here} has.`,
      command: holdfast(scene, 'state resolve', `--discard ${absent}`),
    };
  }
  const { remedy, command } =
    there === undefined
      ? { remedy: `Switch ${absent} on`, command: holdfast(scene, 'state status') }
      : bringUp(scene, there);
  return {
    remedy: isStale
      ? `${remedy}: only its data may serve. If it is lost for ever, restore a backup.`
      : `${remedy}: together they know whose data are the newest.`,
    command,
  };
}

/** The other disk, which DRBD's tools can read while it is not up there, has writes that this one's has not. */
function isOlderThan(here: ReachableMachine, there: ReachableMachine | undefined): boolean {
  return relationOf(reportOf(here), reportOf(there)) === 'second-newer';
}

/** How DRBD comes up on a node that answers: the cluster there starts it. */
function bringUp(scene: Scene, machine: ReachableMachine): Way {
  const { name, units } = machine;
  if (!units.known || stoppedUnits(machine).length > 0) {
    return {
      remedy: `Start the cluster on ${name}`,
      command: onMachine(scene, name, 'systemctl start corosync pacemaker'),
    };
  }
  if (scene.view?.nodes.find((node) => node.name === name)?.standby) {
    return {
      remedy: `End the maintenance of ${name}`,
      command: holdfast(scene, 'maintenance', `off --node ${name}`),
    };
  }
  return {
    remedy: `See why the cluster on ${name} has not started DRBD there, if it lasts`,
    command: onMachine(scene, name, 'journalctl -b -u pacemaker -n 50'),
  };
}

/** The node that serves writes to its own disk, and its writes are not held. */
function servingEnd(scene: Scene, machine: ReachableMachine): Finding[] {
  const status = replicaStatus(machine);
  if (status === undefined) return [];
  const { name } = machine;
  const findings: Finding[] = [];
  if (status.suspended) {
    findings.push({
      code: 'HF-STATUS-REPLICA-SUSPENDED',
      severity: 'danger',
      where: name,
      message: `Every write on ${name} is held: it lost ${scene.passive}, and the cluster has not yet said that ${scene.passive} is dead or stale.`,
      remedy: 'It ends when the other node is fenced. If it lasts, see why fencing does not succeed.',
      command: onMachine(scene, name, 'journalctl -b -t holdfast-fence-peer -n 20'),
      serves: 'no',
      breaks: breaking('no', takeover),
    });
  }
  if (status.disk !== 'UpToDate') {
    findings.push({
      code: 'HF-STATUS-REPLICA-DISK',
      severity: 'danger',
      where: name,
      message: `The disk of ${name} is ${inWords(status.disk)}: it serves through the network, from the disk of ${scene.passive} alone.`,
      remedy: `Move to ${scene.passive}, then see what the kernel says of the disk of ${name}.`,
      command: holdfast(scene, 'move'),
      breaks: breaking('no', ['passive-node-loss', 'link-loss']),
    });
  }
  return findings;
}

/** The other disk has every acknowledged write now: nothing is lost when it takes over. */
function standbyEnd(scene: Scene, machine: ReachableMachine, active: ReachableMachine | undefined): Finding[] {
  const { name } = machine;
  const report = reportOf(machine);
  if (report === undefined) return [];
  const finding = (code: Finding['code'], message: string, remedy: string, command: string): Finding => ({
    code,
    severity: 'danger',
    where: name,
    message,
    remedy,
    command,
    breaks: breaking('no', takeover),
  });
  if (report.kind !== 'up') {
    const why = report.kind === 'no-module' ? 'its kernel has not loaded DRBD' : 'DRBD is not up there';
    if (active === undefined && report.kind === 'down') {
      return [
        finding(
          'HF-STATUS-REPLICA-DOWN',
          `DRBD is not up on ${name}, and ${scene.active ?? 'the other node'} does not answer: what the disk of ${name} lacks is not known.`,
          'The cluster brings DRBD up by itself, where it runs and has quorum: see to that first.',
          holdfast(scene, 'state status'),
        ),
      ];
    }
    return [
      finding(
        'HF-STATUS-REPLICA-DOWN',
        `${name} does not follow: ${why}. What is written now is on the disk of ${scene.active} alone.`,
        'If the node has only just come up, wait; otherwise apply the site file, which mends what is missing.',
        holdfast(scene, 'apply'),
      ),
    ];
  }
  const { status } = report;
  if (status.connection !== 'Connected') return [apartFinding(scene, name, status, active)];
  if (status.progress !== undefined && status.disk !== 'UpToDate') {
    return [
      finding(
        'HF-STATUS-REPLICA-BEHIND',
        `${name} is still copying: ${progressInWords(status)}. Until then its disk cannot take over.`,
        'Wait for it; it goes on by itself.',
        holdfast(scene, 'state status'),
      ),
    ];
  }
  if (status.disk !== 'UpToDate') {
    return [
      finding(
        'HF-STATUS-REPLICA-BEHIND',
        `The disk of ${name} is ${inWords(status.disk)}: it does not have every write, and cannot take over.`,
        status.disk === 'Diskless'
          ? 'See what the kernel says of the disk; replace it, and apply the site file.'
          : 'See what DRBD says on both nodes.',
        status.disk === 'Diskless'
          ? onMachine(scene, name, 'dmesg --level=err,crit | tail')
          : holdfast(scene, 'state status'),
      ),
    ];
  }
  return outOfSync(scene, name, status);
}

function apartFinding(scene: Scene, name: string, status: DrbdStatus, active: ReachableMachine | undefined): Finding {
  const bytes = replicaStatus(active)?.outOfSyncBytes ?? 0;
  const behind = bytes === 0 ? '' : `; ${bytesInWords(bytes)} are on ${scene.active} alone already`;
  const standby = scene.reachable.find((each) => each.name === name);
  const again = connectAgain(scene, [standby, active]);
  return {
    code: 'HF-STATUS-REPLICA-APART',
    severity: 'danger',
    where: name,
    message: `The disks of ${scene.active} and ${name} are not connected (${status.connection})${behind}: losing ${scene.active} now would lose what was written since.`,
    remedy: again?.remedy ?? 'Mend the network between them; they come together by themselves.',
    command: again?.command ?? seeConnection(scene, name),
    breaks: breaking('no', takeover),
  };
}

/** What brings back an end that tries no more to reach the other one; undefined: none has given up. */
function connectAgain(scene: Scene, ends: readonly (ReachableMachine | undefined)[]): Way | undefined {
  const name = ends.find((end) => replicaStatus(end)?.connection === 'StandAlone')?.name;
  if (name === undefined) return undefined;
  return {
    remedy: `${name} has given up by itself. See why in its journal, then let it try again.`,
    command: onMachine(scene, name, 'drbdadm adjust state'),
  };
}

function seeConnection(scene: Scene, name: string): string {
  const { state } = scene.site;
  const port = state.type === 'drbd' ? state.port : 0;
  return onMachine(scene, name, `ss -tn 'sport = :${port} or dport = :${port}'`);
}

/** Two disks that say they are good, and a verification that found them to differ. */
/** What a node writes that has lost its own disk is counted, too: then one of them does not say that it is good. */
function outOfSync(scene: Scene, name: string, status: DrbdStatus): Finding[] {
  const { outOfSyncBytes, replication, disk, peerDisk } = status;
  if (outOfSyncBytes === 0 || replication !== 'Established' || disk !== 'UpToDate' || peerDisk !== 'UpToDate')
    return [];
  return [
    {
      code: 'HF-STATUS-REPLICA-DIFFERS',
      severity: 'danger',
      where: name,
      message: `The disks are not the same, though both say that they are: ${bytesInWords(outOfSyncBytes)} differ.`,
      remedy: `Let ${name} fetch them again from ${scene.active}, and find out which of the two disks is going bad.`,
      command: onMachine(scene, name, "sh -c 'drbdadm disconnect state && drbdadm adjust state'"),
      breaks: breaking('unknown', ['active-node-loss', 'planned-move']),
    },
  ];
}

/** What the fence handler has said, as far as it is known. */
function promotableOnly({ reachable, viewOf }: Scene): ConfigurationView['promotableOnly'] {
  const view = reachable.find(({ name }) => name === viewOf)?.configuration;
  return view?.known === true ? view.value.promotableOnly : undefined;
}

/** The word of the fence handler, left behind when both are good again. */
function ban(scene: Scene, passive: ReachableMachine | undefined): Finding[] {
  const status = replicaStatus(passive);
  const word = promotableOnly(scene);
  if (word === undefined || word.node === scene.passive || passive === undefined) return [];
  // While it is behind, the word is right and stays.
  if (status?.disk !== 'UpToDate' || status.connection !== 'Connected') return [];
  return [
    {
      code: 'HF-STATUS-REPLICA-BANNED',
      severity: 'danger',
      where: passive.name,
      message: `Both disks are good, but the constraint ${word.id}, which DRBD made when they were not, still keeps ${passive.name} from taking over.`,
      remedy: `Let DRBD look once more; it takes the constraint away.`,
      command: onMachine(scene, scene.active ?? passive.name, 'drbdadm unfence-peer state'),
      breaks: breaking('no', takeover),
    },
  ];
}

function inWords(disk: DrbdStatus['disk']): string {
  switch (disk) {
    case 'Diskless':
    case 'Failed':
    case 'Detaching':
      return 'gone (DRBD let it go after an error)';
    case 'Inconsistent':
      return 'half copied';
    case 'Outdated':
      return 'out of date';
    case 'Consistent':
      return 'whole, but perhaps not the newest';
    default:
      return disk;
  }
}

/** “43 %, 2 min left, 1.2 GiB to go”. */
export function progressInWords({ progress, outOfSyncBytes }: DrbdStatus): string {
  const percent = progress === undefined ? '' : `${progress.percent.toFixed(0)} %, `;
  const seconds = progress?.secondsLeft;
  const left =
    seconds === undefined
      ? ''
      : seconds < 90
        ? `${Math.round(seconds)} s left, `
        : `${Math.round(seconds / 60)} min left, `;
  return `${percent}${left}${bytesInWords(outOfSyncBytes)} to go`;
}
