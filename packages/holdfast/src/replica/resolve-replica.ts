import { knowWhatDiffers } from '../engines/drbd/index.ts';
import { followCopy } from './follow-copy.ts';
import { handOver } from './hand-over.ts';
import { type KeptCopy, keepCopy, requireRoom } from './keep-copy.ts';
import { failed, order, type StepOptions } from './orders.ts';
import { planResolution, type Resolution } from './plan-resolution.ts';
import { goOnWith } from './promote-only.ts';
import { type ReplicatedSite, readReplica } from './read-replica.ts';

export interface ResolveOptions extends StepOptions {
  /** Where the copy of the loser goes, on the loser. */
  readonly copyPath: string;
}

/**
 * Keeps a copy of the loser's disk, then lets it take over the winner's data, and waits until they are the same. A loser that
 * serves is stopped before, once there is room for the copy, and nothing is overwritten before the winner serves in its place.
 * Looks once more before it changes anything. Throws what `planResolution` and `keepCopy` throw, and HF-STATE-RESOLVE.
 */
export async function resolveReplica(
  replicated: ReplicatedSite,
  resolution: Resolution,
  options: ResolveOptions,
): Promise<{ readonly kept?: KeptCopy }> {
  const view = await readReplica(replicated, options.hosts, options.signal);
  const now = planResolution(view, resolution.loser);
  if (now.kind !== resolution.kind || now.loserServes !== resolution.loserServes)
    throw failed(resolution.winner, 'the situation has changed meanwhile');
  if (now.kind === 'go-on-alone') {
    await goOnAlone(replicated, now, options);
    return {};
  }
  const loser = view.ends.find(({ node }) => node === now.loser);
  if (loser === undefined) throw failed(now.loser, 'it does not answer');
  const { hosts, copyPath: path, progress, signal } = options;
  const wanted = { host: hosts.get(loser.node), disk: loser.disk, path, progress, signal };
  await requireRoom(wanted);
  await handOver(replicated, now, options);
  // Nothing may come in from the winner while the copy is made.
  await order(hosts, loser.node, `drbdadm disconnect ${replicated.resource} 2>/dev/null || :`);
  const kept = await keepCopy(wanted);
  await discard(replicated, now, options, !knowWhatDiffers(view.ends[0].report, view.ends[1].report));
  return { kept };
}

/**
 * `everything`: each block is copied, as nobody knows which differ; the loser's disk is given up for it before the two have met. The copy
 * that was kept may have taken hours, so the winner's disk is looked at once more: one of the two must be whole.
 */
async function discard(
  replicated: ReplicatedSite,
  resolution: Resolution,
  options: StepOptions,
  everything: boolean,
): Promise<void> {
  const { resource } = replicated;
  const { loser, winner } = resolution;
  const { hosts, progress } = options;
  progress({ kind: 'task-started', id: 'discard', title: `Copy the data of ${winner} over those of ${loser}` });
  await order(
    hosts,
    winner,
    `disk=$(drbdadm dstate ${resource}); case $disk in UpToDate/* | Consistent/* | Outdated/*) ;; *) echo "its disk is $disk, and the data of ${loser} are not given up for that" >&2; exit 1 ;; esac`,
  );
  await order(
    hosts,
    loser,
    `drbdadm disconnect ${resource} 2>/dev/null; drbdadm secondary ${resource} && ${everything ? `${giveUp(resource)} && ` : ''}drbdadm connect --discard-my-data ${resource}`,
  );
  await order(hosts, winner, `drbdadm adjust ${resource}`);
  await followCopy(replicated, resolution, options);
  progress({ kind: 'task-finished', id: 'discard', outcome: 'done' });
}

/** Given again it is given up already, and `invalidate` may refuse. */
function giveUp(resource: string): string {
  return `{ case $(drbdadm dstate ${resource}) in Inconsistent/*) ;; *) drbdadm invalidate ${resource} ;; esac; }`;
}

/** Should the other one come back with newer writes, nothing of either is lost before a person discards it. */
async function goOnAlone(
  { resource }: ReplicatedSite,
  { winner, loser }: Resolution,
  { hosts, progress }: StepOptions,
): Promise<void> {
  progress({ kind: 'task-started', id: 'alone', title: `Go on with the data of ${winner}` });
  await order(hosts, winner, goOnWith(resource, winner, loser), 300_000);
  progress({ kind: 'task-finished', id: 'alone', outcome: 'done' });
}
