import { bytesInWords } from '../core/index.ts';
import { generationsIn, progressInWords } from '../engines/drbd/index.ts';
import { type EndView, type ReplicaView, statusOf } from './read-replica.ts';

/** What state both copies are in, in one sentence, and whether nothing would be lost with either node. */
export function verdictOf(view: ReplicaView): { readonly good: boolean; readonly text: string } {
  const [one, other] = view.ends;
  const bad = (text: string) => ({ good: false, text: `${view.site}: ${text}` });
  if (view.relation === 'split-brain') {
    return bad(`SPLIT BRAIN: ${one.node} and ${other.node} have both written since they last were the same`);
  }
  if (view.relation === 'unrelated')
    return bad(`${one.node} and ${other.node} hold data that have nothing to do with each other`);
  const silent = view.ends.find(({ report }) => report === null);
  if (silent !== undefined) return bad(`not known: ${silent.node} does not say (${silent.why ?? 'no answer'})`);
  const down = view.ends.find((end) => statusOf(end) === undefined);
  if (down !== undefined) return bad(`one copy only: DRBD is not up on ${down.node}`);
  for (const end of view.ends) {
    const { disk, progress } = statusOf(end) ?? {};
    if (progress !== undefined && disk !== 'UpToDate') {
      return bad(`one copy only: ${end.node} is copying, ${progressInWords(progress)}`);
    }
  }
  if (view.ends.some((end) => statusOf(end)?.connection !== 'Connected')) {
    return bad(`one copy only: ${one.node} and ${other.node} are not connected`);
  }
  const stale = view.ends.find((end) => statusOf(end)?.disk !== 'UpToDate');
  if (stale !== undefined) return bad(`one copy only: the disk of ${stale.node} is ${statusOf(stale)?.disk}`);
  const differing = Math.max(...view.ends.map((end) => statusOf(end)?.outOfSyncBytes ?? 0));
  const verifying = view.ends.some((end) => /^Verify/.test(statusOf(end)?.replication ?? ''));
  if (differing > 0) return bad(`two copies that differ: ${bytesInWords(differing)} of them`);
  const busy = verifying ? '; they are being compared' : '';
  return { good: true, text: `${view.site}: every acknowledged write is on ${one.node} and ${other.node}${busy}` };
}

/** A row for each node: node, role, disk, connection, what differs, progress. */
export function rowsOf({ ends }: ReplicaView): readonly (readonly string[])[] {
  return ends.map((end) => {
    const status = statusOf(end);
    if (status === undefined) return [end.node, '', whyNot(end), '', '', ''];
    return [
      end.node,
      status.role,
      status.disk,
      status.connection === 'Connected' ? status.replication : status.connection,
      status.outOfSyncBytes === 0 ? 'nothing' : bytesInWords(status.outOfSyncBytes),
      status.progress === undefined ? '' : progressInWords(status.progress),
    ];
  });
}

export const rowTitles = ['Node', 'Role', 'Disk', 'Connection', 'Differs', 'Progress'] as const;

function whyNot({ report, why }: EndView): string {
  if (report === null) return why ?? 'no answer';
  return report.kind === 'no-module' ? 'DRBD is not loaded' : 'DRBD is not up';
}

/** What to do about it, as a command where there is one; undefined: nothing. */
export function remedyOf(view: ReplicaView, siteFile: string): string | undefined {
  const alone = standsAlone(view);
  if (view.relation === 'split-brain') return `See what each would lose: holdfast state resolve ${siteFile}`;
  if (alone !== undefined) return remedyOfOneAlone(alone, siteFile);
  const again = connectAgain(view);
  if (again !== undefined) return again;
  if (view.ends.some((end) => statusOf(end)?.outOfSyncBytes !== 0) && verdictOf(view).text.includes('differ')) {
    return 'Let the passive node fetch what differs again: drbdadm disconnect state && drbdadm adjust state, on that node.';
  }
  return undefined;
}

/** What brings back an end that tries no more to reach the other one, though nothing keeps the two apart; undefined: none has given up. */
export function connectAgain({ ends, relation }: ReplicaView): string | undefined {
  if (relation === 'split-brain' || relation === 'unrelated') return undefined;
  const node = ends.find((end) => statusOf(end)?.connection === 'StandAlone')?.node;
  if (node === undefined) return undefined;
  return `${node} has given up by itself: see why (journalctl -k, there), then, as root there: drbdadm adjust state. What differs is copied by itself.`;
}

function remedyOfOneAlone(alone: OneAlone, siteFile: string): string {
  const { node, absent, disk, answers, mute, isOlder, isAbsentRead } = alone;
  const goOn = `holdfast state resolve ${siteFile} --discard ${absent}`;
  const bring = answers ? `start the cluster on ${absent} (${startCluster(absent)})` : `switch ${absent} on`;
  const capital = `${bring[0]?.toUpperCase()}${bring.slice(1)}`;
  if (isOlder || disk === 'Outdated') {
    return `The disk of ${node} is out of date: ${absent} went on writing without it, and only its data may serve. ${capital}; if it is lost for ever, restore a backup.`;
  }
  if (mute !== undefined) {
    return `${absent} answers, and does not say how its DRBD is: ${mute}. Mend that first: it may serve, or have the newest data. Only if it is lost for ever: switch ${absent} off, then ${goOn}`;
  }
  if (answers) {
    const unlessDead = isAbsentRead ? '' : ` Only if the disk of ${absent} is dead: switch ${absent} off, then ${goOn}`;
    return `${absent} answers, and DRBD is not up on it: the two together know whose data are the newest. ${capital}.${unlessDead}`;
  }
  if (disk === 'UpToDate') {
    return `The disk of ${node} was good when it was last up, and the cluster serves from it by itself, unless ${absent} went on alone since and forbade it to serve: then switch ${absent} on; if it is lost for ever: ${goOn}`;
  }
  return `${node} does not know whether ${absent} has newer writes, and waits. ${capital}; if it is lost for ever: ${goOn}`;
}

/** How DRBD comes up on a node that answers. */
export function startCluster(node: string): string {
  return `as root there: systemctl start corosync pacemaker; where it runs, end the maintenance of ${node}`;
}

/** A node that came back without the other, and does not serve. */
export interface OneAlone {
  readonly node: string;
  readonly absent: string;
  /**
   * `Consistent`: its data may not be the newest, and DRBD refuses to serve them until a person says so. `Outdated`: they are not,
   * and a person cannot say so either. `UpToDate`: they were when it was last up; the other node's fence handler may forbid them
   * all the same.
   */
  readonly disk: 'Consistent' | 'Outdated' | 'UpToDate';
  /** The other machine is there; only DRBD is not up on it, or it does not say. */
  readonly answers: boolean;
  /** It is there, and this is why it does not say how its DRBD is. */
  readonly mute?: string;
  /** What the absent one's disk holds could be read: its generations. */
  readonly isAbsentRead: boolean;
  /** The absent one's disk, read while DRBD is not up there, has writes that this one's has not. */
  readonly isOlder: boolean;
}

/** Undefined where it is not so. */
export function standsAlone({ ends, relation }: ReplicaView): OneAlone | undefined {
  const [here] = ends.filter((end) => statusOf(end) !== undefined);
  const absent = ends.find((end) => end !== here);
  if (here === undefined || absent === undefined || statusOf(absent) !== undefined) return undefined;
  const status = statusOf(here);
  if (status === undefined || status.role === 'Primary' || status.connection === 'Connected') return undefined;
  const { disk } = status;
  if (disk !== 'Consistent' && disk !== 'Outdated' && disk !== 'UpToDate') return undefined;
  return {
    node: here.node,
    absent: absent.node,
    disk,
    answers: absent.isSilent !== true,
    ...(absent.report === null && absent.isSilent !== true ? { mute: whyNot(absent) } : {}),
    isAbsentRead: generationsIn(absent.report) !== undefined,
    isOlder: relation === (here === ends[0] ? 'second-newer' : 'first-newer'),
  };
}
