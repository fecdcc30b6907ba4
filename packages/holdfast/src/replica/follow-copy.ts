import { HoldfastError } from '../core/index.ts';
import { progressInWords, watchCopy } from '../engines/drbd/index.ts';
import { patience } from '../site/index.ts';
import { connectAgain, verdictOf } from './describe-replica.ts';
import { failed, type StepOptions } from './orders.ts';
import type { Resolution } from './plan-resolution.ts';
import { type ReplicatedSite, type ReplicaView, readReplica, statusOf } from './read-replica.ts';

const pollMs = 2_000;

/**
 * Waits until the loser holds what the winner has. Throws HF-STATE-RESOLVE when a disk dies, when nothing of the copy moves any
 * more, and when the two stay apart; the limits are longer on slow machines.
 */
export async function followCopy(
  replicated: ReplicatedSite,
  { loser, winner }: Resolution,
  { hosts, clock, progress, signal }: StepOptions,
): Promise<void> {
  const judge = watchCopy(patience(replicated.site));
  for (; ; await clock.sleep(pollMs, signal)) {
    signal.throwIfAborted();
    const view = await readReplica(replicated, hosts, signal);
    const state = judge([statusOf(view.ends[0]), statusOf(view.ends[1])], clock.monotonic());
    switch (state.kind) {
      case 'same':
        return;
      case 'disk-died':
        throw diskDied(view.ends[state.end].node, loser, winner);
      case 'apart':
        throw state.haveMet ? cameApart(view, loser, winner) : failed(loser, verdictOf(view).text);
      case 'stands-still':
        throw standsStill(loser, winner, state.forMs);
      case 'goes-on': {
        const running = view.ends.map(statusOf).find((each) => each?.progress !== undefined)?.progress;
        if (running !== undefined) progress({ kind: 'task-output', id: 'discard', text: progressInWords(running) });
      }
    }
  }
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
  if (view.ends.every((end) => statusOf(end) === undefined)) {
    return failed(
      loser,
      verdictOf(view).text,
      'A copy that was begun goes on by itself. See `holdfast state status <site>`.',
    );
  }
  const way = connectAgain(view) ?? 'The rest is copied by itself when the two meet: mend the network between them.';
  return new HoldfastError({
    code: 'HF-STATE-RESOLVE',
    message: `The connection between ${winner} and ${loser} was lost while the data were copied: ${verdictOf(view).text}. The copy of what ${loser} had is kept.`,
    remedy: `The split brain is over, and the same command is not needed again. ${way} Look with \`holdfast state status <site>\`.`,
    source: 'site',
  });
}

function standsStill(loser: string, winner: string, forMs: number): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-RESOLVE',
    message: `Nothing more of the data of ${winner} has come to ${loser} for ${Math.round(forMs / 60_000)} min. The copy of what ${loser} had is kept.`,
    remedy: `See what both kernels say of their disks (journalctl -k). The copy goes on by itself if they do; look with \`holdfast state status <site>\`. If it does not, on ${loser}: drbdadm disconnect state && drbdadm adjust state.`,
    source: 'site',
  });
}
