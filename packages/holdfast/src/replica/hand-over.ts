import { HoldfastError, shellQuote } from '../core/index.ts';
import { patience } from '../site/index.ts';
import { failed, order, type StepOptions } from './orders.ts';
import type { Resolution } from './plan-resolution.ts';
import { promoteOnly } from './promote-only.ts';
import { type ReplicatedSite, readReplica, statusOf } from './read-replica.ts';
import { readServingWord } from './serving-word.ts';

/** The demotion has to stop every workload before. */
const stopLimitMs = 10 * 60_000;
/** From then on: the agents are given 90 s for the promotion and 60 s for the mount. */
const serveLimitMs = 3 * 60_000;

/**
 * Where the loser serves, stops it and lets the winner serve in its place; then, and where that was begun before, waits until the
 * winner does. What served is not overwritten before: the winner's data may be a file system that nobody can mount. Given twice, it
 * does no harm. Where nobody has served, nothing is waited for: DRBD may let neither be promoted before the two are one.
 * Throws HF-STATE-RESOLVE.
 */
export async function handOver(
  replicated: ReplicatedSite,
  resolution: Resolution,
  options: StepOptions,
): Promise<void> {
  const { loser, winner, loserServes } = resolution;
  const { progress } = options;
  if (!loserServes && !(await wasHandedOver(replicated, resolution, options))) return;
  progress({ kind: 'task-started', id: 'stop', title: `Let ${winner} serve in place of ${loser}` });
  if (loserServes) await stopLoser(replicated, resolution, options);
  const missing = await waitFor(replicated, serveLimitMs, options, () => missingToServe(replicated, winner, options));
  if (missing !== undefined) throw doesNotServe(resolution, missing);
  progress({ kind: 'task-finished', id: 'stop', outcome: 'done', note: `${winner} serves` });
}

/** An earlier run has stopped the loser, or the winner went on alone: the cluster promotes only it, and it must be able to. */
async function wasHandedOver(
  replicated: ReplicatedSite,
  { loser, winner }: Resolution,
  options: StepOptions,
): Promise<boolean> {
  if ((await missingToServe(replicated, winner, options)) === undefined) return false;
  const word = await readServingWord(replicated, loser, options.hosts, options.signal);
  if (word.kind === 'unknown') throw failed(loser, `its cluster does not say whom it lets serve (${word.why})`);
  return word.kind === 'only' && word.node === winner;
}

/** By one change of the cluster's configuration: it demotes the loser and promotes the winner. */
async function stopLoser(
  replicated: ReplicatedSite,
  { loser, winner }: Resolution,
  options: StepOptions,
): Promise<void> {
  const { hosts, signal } = options;
  await order(
    hosts,
    loser,
    `if [ "$(crm_attribute --type crm_config --name maintenance-mode --query --quiet 2>/dev/null)" = true ]; then
	echo 'the whole site is in maintenance, so that the cluster stops nothing; end it first' >&2
	exit 1
fi
${promoteOnly(replicated.resource, winner)}`,
  );
  const stillServes = await waitFor(replicated, stopLimitMs, options, async () => {
    const { ends } = await readReplica(replicated, hosts, signal);
    const end = ends.find(({ node }) => node === loser);
    return end !== undefined && statusOf(end)?.role === 'Secondary' ? undefined : 'the cluster did not stop it';
  });
  if (stillServes !== undefined) throw failed(loser, stillServes);
}

/** Asks until nothing is missing, for at most this long, longer on slow machines. What is missing at the end, if anything. */
async function waitFor(
  { site }: ReplicatedSite,
  limitMs: number,
  { clock, signal }: StepOptions,
  ask: () => Promise<string | undefined>,
): Promise<string | undefined> {
  for (const until = clock.monotonic() + limitMs * patience(site); ; await clock.sleep(1_000, signal)) {
    const missing = await ask();
    if (missing === undefined || clock.monotonic() > until) return missing;
  }
}

/** Why a node does not serve; undefined: DRBD is promoted there, and the state is mounted. */
async function missingToServe(
  replicated: ReplicatedSite,
  name: string,
  { hosts, signal }: StepOptions,
): Promise<string | undefined> {
  const { ends } = await readReplica(replicated, hosts, signal);
  const end = ends.find(({ node }) => node === name);
  if (end === undefined || end.report === null) return end?.why ?? 'it does not answer';
  if (statusOf(end)?.role !== 'Primary') return 'the cluster has not promoted DRBD there';
  try {
    const { exitCode } = await hosts.get(name).run(`mountpoint -q ${shellQuote(replicated.state.mountPoint)}`, {
      timeoutMs: 15_000 * patience(replicated.site),
      signal,
    });
    return exitCode === 0 ? undefined : `${replicated.state.mountPoint} is not mounted there`;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HoldfastError) return error.message;
    throw error;
  }
}

function doesNotServe({ loser, winner }: Resolution, missing: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-RESOLVE',
    message: `${winner} does not serve in place of ${loser}: ${missing}. ${loser} is stopped. Nothing was copied, and nothing of either node is discarded.`,
    remedy: `See why (journalctl -b -u pacemaker -n 100, on ${winner}) and mend it; where failures are counted there, \`holdfast clear <site>\`. Then give the same command again: it goes on from here. To let ${loser} serve again instead, discard ${winner}.`,
    source: 'site',
  });
}
