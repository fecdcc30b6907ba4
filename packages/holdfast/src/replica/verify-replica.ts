import { type Clock, HoldfastError, type ProgressSink } from '../core/index.ts';
import { progressInWords } from '../engines/drbd/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { verdictOf } from './describe-replica.ts';
import { type ReplicatedSite, type ReplicaView, readReplica, statusOf } from './read-replica.ts';

export interface VerifyResult {
  /** Bytes of blocks that are not the same on both disks. */
  readonly differingBytes: number;
  readonly tookMs: number;
}

interface VerifyOptions {
  readonly hosts: Pick<Hosts, 'get'>;
  readonly clock: Clock;
  readonly progress: ProgressSink;
  readonly signal: AbortSignal;
}

/**
 * Lets DRBD compare the two disks block by block while they serve, and waits for it. Joins a comparison that runs already. Being
 * interrupted leaves it running. Throws HF-STATE-NOT-READY where the two are not connected and good, HF-STATE-VERIFY where it ends early.
 */
export async function verifyReplica(replicated: ReplicatedSite, options: VerifyOptions): Promise<VerifyResult> {
  const { hosts, clock, progress, signal } = options;
  const began = clock.monotonic();
  const before = await readReplica(replicated, hosts, signal);
  refuseUnready(before);
  const [asked] = before.ends;
  const isRunning = (view: ReplicaView) => view.ends.some((end) => /^Verify/.test(statusOf(end)?.replication ?? ''));
  progress({ kind: 'task-started', id: 'verify', title: 'Compare the two disks' });
  if (!isRunning(before)) {
    const { exitCode, stderr } = await hosts.get(asked.node).run(`drbdadm verify ${replicated.resource}`);
    if (exitCode !== 0) throw endedEarly(asked.node, stderr.trim().split('\n')[0] ?? '');
  }
  for (let view = await readReplica(replicated, hosts, signal); ; view = await readReplica(replicated, hosts, signal)) {
    signal.throwIfAborted();
    if (!isRunning(view)) {
      const [one, other] = view.ends.map(statusOf);
      if (one?.connection !== 'Connected' || other?.connection !== 'Connected') {
        throw endedEarly(asked.node, verdictOf(view).text);
      }
      progress({ kind: 'task-finished', id: 'verify', outcome: 'done' });
      // Each end counts for itself; the one that began it has the sum.
      const differingBytes = Math.max(one.outOfSyncBytes, other.outOfSyncBytes);
      return { differingBytes, tookMs: Math.round(clock.monotonic() - began) };
    }
    const running = view.ends.map(statusOf).find((each) => each?.progress !== undefined)?.progress;
    if (running !== undefined) progress({ kind: 'task-output', id: 'verify', text: progressInWords(running) });
    await clock.sleep(2_000, signal);
  }
}

function refuseUnready(view: ReplicaView): void {
  const ready = view.ends.every((end) => {
    const status = statusOf(end);
    return status?.connection === 'Connected' && status.disk === 'UpToDate';
  });
  if (ready) return;
  throw new HoldfastError({
    code: 'HF-STATE-NOT-READY',
    message: `The two disks cannot be compared now. ${verdictOf(view).text}.`,
    remedy: 'Wait until both are good and connected (`holdfast state status <site>`).',
    source: 'site',
  });
}

function endedEarly(node: string, said: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-VERIFY',
    message: `The comparison did not come to its end: ${said}`,
    remedy: `See what DRBD says (journalctl -k on ${node}), and begin again when both are connected.`,
    source: 'site',
  });
}
