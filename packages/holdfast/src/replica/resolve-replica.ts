import { type Clock, HoldfastError, type ProgressSink } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { progressInWords, standsAlone, verdictOf } from './describe-replica.ts';
import { type KeptCopy, keepCopy } from './keep-copy.ts';
import { type EndView, type ReplicatedSite, type ReplicaView, readReplica, statusOf } from './read-replica.ts';

/** What `resolve` would do with the data of one node. */
export interface Resolution {
  /**
   * `discard`: both have written; the loser's disk is copied to a file, then overwritten with the other's.
   * `go-on-alone`: the other is not there; this one's data are declared good, whatever the other has.
   */
  readonly kind: 'discard' | 'go-on-alone';
  readonly loser: string;
  readonly winner: string;
}

/**
 * Whether that node's data can be given up now, and how. Pure. Throws HF-STATE-NODE, HF-STATE-NOTHING-TO-RESOLVE,
 * HF-STATE-DISCARD-SERVING.
 */
export function planResolution(view: ReplicaView, loser: string, siteFile: string): Resolution {
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
  const alone = standsAlone(view);
  if (alone?.absent === loser) return { kind: 'go-on-alone', loser, winner };
  if (view.relation !== 'split-brain') {
    throw new HoldfastError({
      code: 'HF-STATE-NOTHING-TO-RESOLVE',
      message: `There is nothing to resolve. ${verdictOf(view).text}.`,
      remedy: 'DRBD brings the two together by itself when they are connected; see holdfast state status.',
      source: 'user',
    });
  }
  const end = view.ends.find(({ node }) => node === loser);
  if (end !== undefined && statusOf(end)?.role === 'Primary') {
    throw new HoldfastError({
      code: 'HF-STATE-DISCARD-SERVING',
      message: `${loser} serves from its data now: they cannot be given up under the workloads.`,
      remedy: `Take ${loser} out of service first (holdfast maintenance ${siteFile} on --node ${loser}), or discard ${winner}.`,
      source: 'user',
    });
  }
  return { kind: 'discard', loser, winner };
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
 * Keeps a copy of the loser's disk, then lets it take over the winner's data, and waits until they are the same. Looks once more
 * before it changes anything. Throws what `planResolution` and `keepCopy` throw, and HF-STATE-RESOLVE.
 */
export async function resolveReplica(
  replicated: ReplicatedSite,
  resolution: Resolution,
  options: ResolveOptions,
): Promise<{ readonly kept?: KeptCopy }> {
  const view = await readReplica(replicated, options.hosts, options.signal);
  const now = planResolution(view, resolution.loser, 'site.yaml');
  if (now.kind !== resolution.kind) throw failed(resolution.winner, 'the situation has changed meanwhile');
  if (now.kind === 'go-on-alone') {
    await goOnAlone(replicated, now, options);
    return {};
  }
  const loser = view.ends.find(({ node }) => node === now.loser);
  if (loser === undefined) throw failed(now.loser, 'it does not answer');
  const kept = await copyOf(loser, options);
  await discard(replicated, now, options);
  return { kept };
}

function copyOf({ node, disk }: EndView, { hosts, copyPath, progress, signal }: ResolveOptions): Promise<KeptCopy> {
  return keepCopy({ host: hosts.get(node), disk, path: copyPath, progress, signal });
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

/**
 * A new generation begins on the winner. Should the other one come back with newer writes, DRBD finds that both have written,
 * keeps them apart, and nothing of either is lost before a person discards it.
 */
async function goOnAlone(
  { resource }: ReplicatedSite,
  { winner }: Resolution,
  { hosts, progress }: ResolveOptions,
): Promise<void> {
  progress({ kind: 'task-started', id: 'alone', title: `Go on with the data of ${winner}` });
  await order(
    hosts,
    winner,
    `ban=$(cibadmin --query --scope constraints 2>/dev/null | sed -n 's/.*<rsc_location .*id="\\(drbd-fence-by-handler-[^"]*\\)".*/\\1/p')
[ -z "$ban" ] || cibadmin --delete --xml-text "<rsc_location id=\\"$ban\\"/>" || exit 1
drbdadm primary --force ${resource} && drbdadm secondary ${resource} && crm_resource --cleanup >/dev/null`,
  );
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
