import { type Clock, HoldfastError, type ProgressSink } from '../core/index.ts';
import type { DrbdStatus } from '../engines/drbd/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { progressInWords, standsAlone, verdictOf } from './describe-replica.ts';
import { type KeptCopy, keepCopy, requireRoom } from './keep-copy.ts';
import { goOnWith, promoteOnly } from './promote-only.ts';
import { type ReplicatedSite, type ReplicaView, readReplica, statusOf } from './read-replica.ts';

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
 * HF-STATE-DISCARD-SERVING.
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
    if (alone.disk === 'Outdated') throw stale(winner, loser);
    return { kind: 'go-on-alone', loser, winner, loserServes: false };
  }
  if (view.relation !== 'split-brain') {
    throw new HoldfastError({
      code: 'HF-STATE-NOTHING-TO-RESOLVE',
      message: `There is nothing to resolve. ${verdictOf(view).text}.`,
      remedy: 'DRBD brings the two together by itself when they are connected; see holdfast state status.',
      source: 'user',
    });
  }
  const kept = statusAt(winner)?.disk;
  if (kept === 'Outdated' && statusAt(loser)?.disk !== 'Outdated') throw stale(winner, loser);
  const loserServes = statusAt(loser)?.role === 'Primary';
  // The winner shall serve in its place at once.
  if (loserServes && kept !== 'UpToDate' && kept !== 'Consistent') {
    throw new HoldfastError({
      code: 'HF-STATE-DISCARD-SERVING',
      message: `${loser} serves from its data now, and ${winner} could not serve in its place: its disk is ${kept ?? 'not up'}.`,
      remedy: `Bring DRBD up on ${winner} first: the cluster does so where it runs and ${winner} is not in maintenance.`,
      source: 'site',
    });
  }
  return { kind: 'discard', loser, winner, loserServes };
}

function stale(winner: string, loser: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-STALE',
    message: `The disk of ${winner} is out of date: ${loser} went on writing without it. It must not serve.`,
    remedy: `Let ${loser} serve: switch it on, and ${winner} fetches what it lacks. If ${loser} is lost for ever, restore a backup.`,
    source: 'user',
  });
}

export interface ResolveOptions {
  readonly hosts: Pick<Hosts, 'get'>;
  readonly clock: Clock;
  readonly progress: ProgressSink;
  readonly signal: AbortSignal;
  /** Where the copy of the loser goes, on the loser. */
  readonly copyPath: string;
}

/**
 * Keeps a copy of the loser's disk, then lets it take over the winner's data, and waits until they are the same. A loser that
 * serves is stopped before, once there is room for the copy. Looks once more before it changes anything. Throws what
 * `planResolution` and `keepCopy` throw, and HF-STATE-RESOLVE.
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
  if (now.loserServes) await stopLoser(replicated, now, options);
  const kept = await keepCopy(wanted);
  await discard(replicated, now, options);
  return { kept };
}

/** The demotion has to stop every workload before. */
const stopLimitMs = 10 * 60_000;
/** From then on; the copy does not depend on it. */
const promotionLimitMs = 60_000;

/** By one change of the cluster's configuration: it demotes the loser and promotes the winner. Given twice, it does no harm. */
async function stopLoser(
  replicated: ReplicatedSite,
  { loser, winner }: Resolution,
  { hosts, clock, progress, signal }: ResolveOptions,
): Promise<void> {
  progress({ kind: 'task-started', id: 'stop', title: `Let ${winner} serve in place of ${loser}` });
  await order(
    hosts,
    loser,
    `if [ "$(crm_attribute --type crm_config --name maintenance-mode --query --quiet 2>/dev/null)" = true ]; then
	echo 'the whole site is in maintenance, so that the cluster stops nothing; end it first' >&2
	exit 1
fi
${promoteOnly(replicated.resource, winner)}`,
  );
  const becomes = async (name: string, role: DrbdStatus['role'], limitMs: number) => {
    for (const until = clock.now() + limitMs; ; await clock.sleep(1_000, signal)) {
      const { ends } = await readReplica(replicated, hosts, signal);
      if (ends.some((end) => end.node === name && statusOf(end)?.role === role)) return true;
      if (clock.now() > until) return false;
    }
  };
  if (!(await becomes(loser, 'Secondary', stopLimitMs))) throw failed(loser, 'the cluster did not stop it');
  const serves = await becomes(winner, 'Primary', promotionLimitMs);
  const note = serves ? `${winner} serves` : `${winner} does not serve yet: see holdfast status`;
  progress({ kind: 'task-finished', id: 'stop', outcome: 'done', note });
}

async function discard(
  replicated: ReplicatedSite,
  { loser, winner }: Resolution,
  { hosts, clock, progress, signal }: ResolveOptions,
): Promise<void> {
  const { resource } = replicated;
  progress({ kind: 'task-started', id: 'discard', title: `Copy the data of ${winner} over those of ${loser}` });
  await order(
    hosts,
    loser,
    `drbdadm disconnect ${resource} 2>/dev/null; drbdadm secondary ${resource} && drbdadm connect --discard-my-data ${resource}`,
  );
  await order(hosts, winner, `drbdadm adjust ${resource}`);
  for (let waited = 0; ; waited++) {
    signal.throwIfAborted();
    const view = await readReplica(replicated, hosts, signal);
    const [one, other] = view.ends.map(statusOf);
    if (one?.disk === 'UpToDate' && other?.disk === 'UpToDate' && one.connection === 'Connected') break;
    if (waited > 30 && one?.connection !== 'Connected') throw failed(loser, verdictOf(view).text);
    const status = [one, other].find((each) => each?.progress !== undefined);
    if (status !== undefined) progress({ kind: 'task-output', id: 'discard', text: progressInWords(status) });
    await clock.sleep(2_000, signal);
  }
  progress({ kind: 'task-finished', id: 'discard', outcome: 'done' });
}

/** Should the other one come back with newer writes, nothing of either is lost before a person discards it. */
async function goOnAlone(
  { resource }: ReplicatedSite,
  { winner }: Resolution,
  { hosts, progress }: ResolveOptions,
): Promise<void> {
  progress({ kind: 'task-started', id: 'alone', title: `Go on with the data of ${winner}` });
  await order(hosts, winner, goOnWith(resource, winner));
  progress({ kind: 'task-finished', id: 'alone', outcome: 'done' });
}

async function order(hosts: Pick<Hosts, 'get'>, node: string, script: string): Promise<void> {
  const { exitCode, stdout, stderr } = await hosts.get(node).run(script, { timeoutMs: 120_000 });
  if (exitCode !== 0) throw failed(node, (stderr.trim() || stdout.trim()).split('\n').slice(-2).join(' / '));
}

function failed(node: string, said: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-RESOLVE',
    message: `${node} did not do it: ${said}. A copy that was made is kept.`,
    remedy: 'See holdfast state status, and give the same command again.',
    source: 'site',
  });
}
