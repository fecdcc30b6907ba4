import { HoldfastError } from '../core/index.ts';
import { connectAgain, standsAlone, startCluster, verdictOf } from './describe-replica.ts';
import { discardedDirectory } from './keep-copy.ts';
import { type ReplicaView, statusOf } from './read-replica.ts';

/** What `resolve` would do with the data of one node. */
export interface Resolution {
  /**
   * `discard`: both have written; the loser's disk is copied to a file, then overwritten with the other's.
   * `go-on-alone`: the other is not there; this one's data are declared good, whatever the other has.
   */
  readonly kind: 'discard' | 'go-on-alone';
  readonly loser: string;
  readonly winner: string;
  /** The loser serves now: it is stopped first, and the winner serves in its place. */
  readonly loserServes: boolean;
}

/**
 * Whether that node's data can be given up now, and how. Pure. Throws HF-STATE-NODE, HF-STATE-NOTHING-TO-RESOLVE, HF-STATE-STALE,
 * HF-STATE-DISCARD-SERVING, HF-STATE-NOT-READY.
 */
export function planResolution(view: ReplicaView, loser: string): Resolution {
  const names = view.ends.map(({ node }) => node);
  const winner = names.find((each) => each !== loser);
  if (!names.includes(loser) || winner === undefined) {
    throw new HoldfastError({
      code: 'HF-STATE-NODE',
      message: `${loser} is not a node of ${view.site} that holds its state.`,
      remedy: `Name ${names.join(' or ')}.`,
      source: 'user',
    });
  }
  const statusAt = (name: string) => view.ends.filter(({ node }) => node === name).map(statusOf)[0];
  const alone = standsAlone(view);
  if (alone?.absent === loser) {
    if (alone.disk === 'Outdated' || alone.isOlder) {
      const bring = alone.answers ? `start the cluster on it (${startCluster(loser)})` : 'switch it on';
      throw stale(winner, loser, `${bring}, and ${winner} fetches what it lacks`);
    }
    if (alone.mute !== undefined) throw doesNotSay(loser, alone.mute);
    if (alone.answers) throw notUp(loser, alone.isAbsentRead);
    return { kind: 'go-on-alone', loser, winner, loserServes: false };
  }
  if (view.relation !== 'split-brain') {
    throw new HoldfastError({
      code: 'HF-STATE-NOTHING-TO-RESOLVE',
      message: `There is nothing to resolve. ${verdictOf(view).text}.`,
      remedy:
        connectAgain(view) ??
        'DRBD brings the two together by itself when they are connected; see `holdfast state status <site>`.',
      source: 'user',
    });
  }
  const kept = statusAt(winner)?.disk;
  const given = statusAt(loser)?.disk;
  if (kept === 'Outdated' && given !== 'Outdated' && given !== 'Inconsistent') {
    throw stale(winner, loser, `discard ${winner} instead`);
  }
  const loserServes = statusAt(loser)?.role === 'Primary';
  // The winner shall serve in its place at once.
  if (loserServes && kept !== 'UpToDate') throw couldNotServe(winner, loser, kept);
  // What is discarded is overwritten through DRBD, at both ends.
  const down = [loser, winner].find((name) => statusAt(name) === undefined);
  if (down !== undefined) throw notUp(down, true);
  if (kept !== 'UpToDate' && kept !== 'Consistent' && kept !== 'Outdated') throw notWhole(winner, loser, kept);
  return { kind: 'discard', loser, winner, loserServes };
}

function stale(winner: string, loser: string, how: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-STALE',
    message: `The disk of ${winner} is out of date: ${loser} went on writing without it. It must not serve.`,
    remedy: `Let ${loser} serve: ${how}. If ${loser} is lost for ever, restore a backup.`,
    source: 'user',
  });
}

/**
 * In place of a node that serves. With a disk that is only consistent its fence handler would wait for a connection, which a split brain
 * does not let happen (agents/fence-peer).
 */
function couldNotServe(winner: string, loser: string, disk: string | undefined): HoldfastError {
  const up = `Bring DRBD up on ${winner} first: the cluster does so where it runs and ${winner} is not in maintenance.`;
  const other = `Discard ${winner} instead: its disk does not hold all of its data.`;
  const mayBeOld = `Its data may not be the newest, so no cluster promotes it while ${loser} is there. Only if they are the wanted ones: switch ${loser} off, go on with ${winner} (\`holdfast state resolve <site> --discard ${loser}\`), then switch ${loser} on and give this command again.`;
  return new HoldfastError({
    code: 'HF-STATE-DISCARD-SERVING',
    message: `${loser} serves from its data now, and ${winner} could not serve in its place: its disk is ${disk ?? 'not up'}.`,
    remedy: disk === undefined ? up : disk === 'Consistent' ? mayBeOld : other,
    source: 'site',
  });
}

/** A disk that is half copied, or gone, can only take over the other one's data. */
function notWhole(winner: string, loser: string, disk: string | undefined): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-NOT-READY',
    message: `The disk of ${winner} is ${disk ?? 'not up'}: it does not hold all of its data, and those of ${loser} are not given up for that.`,
    remedy: `Discard ${winner} instead. A copy of what ${winner} had may lie in ${discardedDirectory} there, if it was discarded before.`,
    source: 'site',
  });
}

/** Its DRBD may be up, and serve. */
function doesNotSay(node: string, why: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-NOT-READY',
    message: `${node} answers, and does not say how its DRBD is: ${why}. It may serve, or have the newest data.`,
    remedy: `Mend that, and look with \`holdfast state status <site>\`. Only if ${node} is lost for ever: switch it off, then give the same command again.`,
    source: 'site',
  });
}

/** A machine that answers is not lost: what its disk holds counts, and DRBD compares it as soon as it is up there. */
function notUp(node: string, isRead: boolean): HoldfastError {
  const unlessDead = isRead
    ? ''
    : ` Only if its disk is dead, as nothing could be read of it: switch ${node} off, then give the same command again.`;
  return new HoldfastError({
    code: 'HF-STATE-NOT-READY',
    message: `${node} answers, and DRBD is not up on it: what its disk holds counts, and is brought together with the other copy only by DRBD on both nodes.`,
    remedy: `Start the cluster on ${node} (${startCluster(node)}).${unlessDead}`,
    source: 'site',
  });
}
