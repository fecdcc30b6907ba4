import { HoldfastError } from '../core/index.ts';
import { type DrbdStatus, diskAt, isLetGo } from '../engines/drbd/index.ts';
import { patience } from '../site/index.ts';
import { progressInWords, verdictOf } from './describe-replica.ts';
import { failed, type StepOptions } from './orders.ts';
import type { Resolution } from './plan-resolution.ts';
import { type ReplicatedSite, type ReplicaView, readReplica, statusOf } from './read-replica.ts';

const pollMs = 2_000;
/** In a row: DRBD tries again every second, and a loss this long is no hiccup. */
const pollsApart = 30;
/** DRBD promises the resync at least `c-min-rate`, whatever the workload writes. */
const stillLimitMs = 5 * 60_000;

/**
 * Waits until the loser holds what the winner has. Throws HF-STATE-RESOLVE when a disk dies, when nothing of the copy moves any
 * more, and when the two stay apart; the limits are longer on slow machines.
 */
export async function followCopy(
  replicated: ReplicatedSite,
  { loser, winner }: Resolution,
  { hosts, clock, progress, signal }: StepOptions,
): Promise<void> {
  const slow = patience(replicated.site);
  let haveMet = false;
  let apart = 0;
  let last = '';
  let deadBefore: string | undefined;
  let movedAtMs = clock.monotonic();
  for (; ; await clock.sleep(pollMs, signal)) {
    signal.throwIfAborted();
    const view = await readReplica(replicated, hosts, signal);
    const dead = deadDisk(view);
    // Once may be a node whose cluster brings DRBD up just then.
    if (dead !== undefined && dead === deadBefore) throw diskDied(dead, loser, winner);
    deadBefore = dead;
    const known = view.ends.map(statusOf).filter((each) => each !== undefined);
    const connected = known.filter(({ connection }) => connection === 'Connected');
    if (areSame(known)) return;
    const status = known.find((each) => each.progress !== undefined);
    if (status !== undefined) progress({ kind: 'task-output', id: 'discard', text: progressInWords(status) });
    if (connected.length === 0) {
      apart += 1;
      movedAtMs = clock.monotonic();
      if (apart > pollsApart * slow)
        throw haveMet ? cameApart(view, loser, winner) : failed(loser, verdictOf(view).text);
      continue;
    }
    apart = 0;
    haveMet = true;
    const now = JSON.stringify(
      connected.map(({ disk, replication, outOfSyncBytes }) => [disk, replication, outOfSyncBytes]),
    );
    if (now !== last) movedAtMs = clock.monotonic();
    last = now;
    if (clock.monotonic() - movedAtMs > stillLimitMs * slow) throw standsStill(loser, winner, stillLimitMs * slow);
  }
}

/** One end that answers is enough: it knows the other one's disk while they are connected. */
function areSame(known: readonly DrbdStatus[]): boolean {
  return (
    known.some(({ connection, peerDisk }) => connection === 'Connected' && peerDisk === 'UpToDate') &&
    known.every(({ disk }) => disk === 'UpToDate')
  );
}

/** The node whose disk DRBD has let go. */
function deadDisk({ ends }: ReplicaView): string | undefined {
  return ends.find((end) => {
    const [other] = ends.filter((each) => each !== end).map(statusOf);
    return isLetGo(diskAt(statusOf(end), other));
  })?.node;
}

function diskDied(node: string, loser: string, winner: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-RESOLVE',
    message: `DRBD has let the disk of ${node} go after an error, while the data of ${winner} were copied over those of ${loser}. The copy of what ${loser} had is kept.`,
    remedy:
      node === loser
        ? `See what its kernel says (journalctl -k, on ${node}). ${winner} goes on with its own disk; replace that of ${node}, and everything is copied to it.`
        : `See what its kernel says (journalctl -k, on ${node}). What ${loser} holds now is half copied: bring the disk of ${node} back, or restore the kept copy or a backup.`,
    source: 'site',
  });
}

function cameApart(view: ReplicaView, loser: string, winner: string): HoldfastError {
  // Neither has taken over the other's data yet: DRBD finds the same split brain again.
  if (view.relation === 'split-brain') return failed(loser, verdictOf(view).text);
  const givenUp = view.ends.find((end) => statusOf(end)?.connection === 'StandAlone')?.node;
  return new HoldfastError({
    code: 'HF-STATE-RESOLVE',
    message: `The connection between ${winner} and ${loser} was lost while the data were copied: ${verdictOf(view).text}. The copy of what ${loser} had is kept.`,
    remedy:
      givenUp === undefined
        ? `The split brain is over, and the same command is not needed again: the rest is copied by itself when the two meet. Mend the network between them, and look with holdfast state status.`
        : `The split brain is over, and the same command is not needed again. ${givenUp} has given up by itself: see why (journalctl -k, there), then drbdadm adjust state there; the rest is copied by itself. Look with holdfast state status.`,
    source: 'site',
  });
}

function standsStill(loser: string, winner: string, forMs: number): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-RESOLVE',
    message: `Nothing more of the data of ${winner} has come to ${loser} for ${Math.round(forMs / 60_000)} min. The copy of what ${loser} had is kept.`,
    remedy: `See what both kernels say of their disks (journalctl -k). The copy goes on by itself if they do; look with holdfast state status. If it does not, on ${loser}: drbdadm disconnect state && drbdadm adjust state.`,
    source: 'site',
  });
}
