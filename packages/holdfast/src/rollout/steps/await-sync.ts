import { bytesInWords, HoldfastError } from '../../core/index.ts';
import { type DrbdStatus, diskAt, progressInWords, watchCopy } from '../../engines/drbd/index.ts';
import type { Hosts } from '../../hosts/index.ts';
import type { AwaitSyncStep } from '../step.ts';
import { statusOf } from './replica.ts';

/**
 * Waits until both ends are the same, telling how far it is. Being interrupted harms nothing: DRBD goes on by itself, and after a
 * break from where it was. Throws HF-APPLY-SYNC-STOPPED when the ends have lost each other, when a disk has died, and when nothing of
 * the copy moves any more; the limits are longer on slow machines.
 */
export async function awaitSync(
  step: AwaitSyncStep,
  hosts: Hosts,
  tell: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const judge = watchCopy(step.patience);
  for (let seconds = 0; ; seconds += 2) {
    signal?.throwIfAborted();
    const statuses = await Promise.all([
      statusOf(hosts.get(step.hosts[0]), step),
      statusOf(hosts.get(step.hosts[1]), step),
    ]);
    const state = judge(statuses, seconds * 1000);
    switch (state.kind) {
      case 'same':
        return;
      case 'disk-died':
        throw diskDied(step, statuses, state.end);
      case 'apart':
        throw apart(step, statuses);
      case 'stands-still':
        throw standsStill(step, statuses, state.forMs);
      case 'goes-on': {
        const progress = statuses.find((each) => each?.progress !== undefined)?.progress;
        if (progress !== undefined) tell(progressInWords(progress));
      }
    }
    await hosts.get(step.hosts[0]).run('sleep 2', signal === undefined ? {} : { signal });
  }
}

type BothStatuses = readonly [DrbdStatus | undefined, DrbdStatus | undefined];

function apart(step: AwaitSyncStep, statuses: BothStatuses): HoldfastError {
  return new HoldfastError({
    code: 'HF-APPLY-SYNC-STOPPED',
    message: `The copy has stopped, because the two ends have lost each other (${endsInWords(step, statuses)}).`,
    remedy:
      'Nothing is lost. Mend the link of the replication; DRBD goes on from where it was. Apply again to wait for it.',
    source: 'site',
  });
}

function diskDied(step: AwaitSyncStep, statuses: BothStatuses, dead: 0 | 1): HoldfastError {
  const [host, other] = dead === 0 ? step.hosts : [step.hosts[1], step.hosts[0]];
  const disk = step.disks[dead];
  const otherDisk = diskAt(statuses[dead === 0 ? 1 : 0], statuses[dead]) ?? 'not known';
  const kernel = `\`journalctl -k\` on ${host} (or \`dmesg\`)`;
  const attach = `\`drbdadm attach ${step.resource}\` there`;
  return new HoldfastError({
    code: 'HF-APPLY-SYNC-STOPPED',
    ...(otherDisk === 'UpToDate'
      ? {
          message: `The copy has stopped: DRBD has let ${disk} of ${host} go after an error. ${other} serves on, from its own disk alone.`,
          remedy: `Nothing is lost. ${kernel} says what is wrong with ${disk}. Where it was the cable, mend that, then ${attach}; otherwise replace the disk. Then apply again.`,
        }
      : {
          message: `The copy has stopped: DRBD has let ${disk} of ${host} go after an error, and the disk of ${other} does not have all data (${otherDisk}).`,
          remedy: `Overwrite nothing on either. ${kernel} says what is wrong with ${disk}. Where it was the cable, mend that, then ${attach}: the copy goes on. Otherwise bring what can be read of it onto a new disk of the same size (ddrescue), or restore a backup.`,
        }),
    source: 'site',
  });
}

function standsStill(step: AwaitSyncStep, statuses: BothStatuses, forMs: number): HoldfastError {
  const left = Math.max(...statuses.map((status) => status?.outOfSyncBytes ?? 0));
  const [good] = step.hosts.filter((_, end) => statuses[end]?.disk === 'UpToDate');
  const serving = good === undefined ? '' : ` ${good} serves on, from its own disk alone.`;
  return new HoldfastError({
    code: 'HF-APPLY-SYNC-STOPPED',
    message: `Nothing of the copy has moved for ${Math.round(forMs / 60_000)} min, and ${bytesInWords(left)} are missing still (${endsInWords(step, statuses)}).${serving}`,
    remedy: `Nothing is lost. \`journalctl -k\` on both nodes (or \`dmesg\`) says whether a disk does not read or write. A paused copy goes on with \`drbdadm resume-sync ${step.resource}\`. Then apply again to wait for it.`,
    source: 'site',
  });
}

function endsInWords(step: AwaitSyncStep, statuses: BothStatuses): string {
  return step.hosts
    .map((name, end) => {
      const status = statuses[end];
      const words = status === undefined ? 'down' : `${status.connection}, ${status.disk}, ${status.replication}`;
      return `${name}, ${step.disks[end] ?? ''}: ${words}`;
    })
    .join('; ');
}
