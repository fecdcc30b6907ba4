import { type Clock, HoldfastError, type ProgressSink } from '../core/index.ts';
import { fenceScript } from '../fencing/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';
import { drbdResource } from '../patterns/index.ts';
import { goOnWith } from '../replica/index.ts';
import type { Site, SiteNode } from '../site/index.ts';
import { type LocalData, readLocalData } from './local-data.ts';
import { holdfast, onMachine } from './scene.ts';
import { awaitServed, switchoverLimitMs } from './served-script.ts';
import { machinesOf, snapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot-types.ts';

export interface StartAloneOptions {
  /** The other node, where a person has seen that it has no power and will get none by itself. */
  readonly isOff?: string;
  /** The other node of a replicated state, whose writes a person gives up, should it have newer ones. */
  readonly discard?: string;
  /** How the site file is named in messages. */
  readonly siteFile?: string;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressSink;
}

/** How the other node is known to be off. */
export type OffBecause = 'its fencing device switched it off' | 'a person has seen it';

/**
 * Lets one node serve that is no majority, because the others are dead and stay so. Two writers are excluded as everywhere: the
 * other node is switched off by its fencing device first, or, where that does not answer, a person says that it is off. A replica
 * that is surely not the newest never serves, and any other only when a person gives up what the other node may have: also the
 * one that was the newest when it was last up, because the same command may have let the other node serve since.
 * Holds until the others are back: they bring their votes with them (corosync, exec/votequorum.c, the highest expected votes win).
 *
 * Throws HF-ALONE-NOT-NEEDED, HF-ALONE-OTHERS-LIVE, HF-ALONE-STALE, HF-ALONE-DOUBT, HF-ALONE-NOT-OFF, HF-ALONE-FAILED and what
 * hosts throw.
 */
export async function startAlone(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  name: string,
  options: StartAloneOptions = {},
): Promise<{
  readonly node: string;
  readonly other: string;
  readonly offBecause: OffBecause;
  readonly data?: LocalData;
}> {
  const { siteFile = 'site.yaml', signal, progress = () => {} } = options;
  progress({ kind: 'task-started', id: 'check', title: 'See who is left' });
  const seen = await snapshot(site, hosts, clock, signal);
  const other = planAlone(seen, site, name, siteFile);
  progress({ kind: 'task-finished', id: 'check', outcome: 'done', note: `${name} alone` });
  progress({ kind: 'task-started', id: 'data', title: 'See how new its data are', host: name });
  const data = await readLocalData(site, hosts, seen, name, signal);
  if (data !== undefined) judgeData(data, name, other.name, options);
  progress({ kind: 'task-finished', id: 'data', outcome: 'done', note: data?.words ?? 'both nodes see one disk' });
  const host = hosts.get(name);
  progress({ kind: 'task-started', id: 'off', title: `Make sure that ${other.name} is off`, host: name });
  const offBecause = await surelyOff(host, other, options);
  progress({ kind: 'task-finished', id: 'off', outcome: 'done', note: offBecause });
  progress({ kind: 'task-started', id: 'serve', title: `Let ${name} serve`, host: name });
  const { exitCode, stderr } = await host.run(aloneScript(site, name, other.name, offBecause), {
    timeoutMs: switchoverLimitMs(site) + (data === undefined ? 90_000 : 180_000),
    ...(signal === undefined ? {} : { signal }),
  });
  if (exitCode !== 0) throw failed(site, name, siteFile, stderr);
  progress({ kind: 'task-finished', id: 'serve', outcome: 'done' });
  return { node: name, other: other.name, offBecause, ...(data === undefined ? {} : { data }) };
}

/** Whether these data may serve. Pure. Throws HF-ALONE-STALE, HF-ALONE-DOUBT. */
export function judgeData(
  { freshness, forbiddenBy, words }: LocalData,
  name: string,
  other: string,
  options: Pick<StartAloneOptions, 'discard' | 'isOff' | 'siteFile'>,
): void {
  const { siteFile = 'site.yaml' } = options;
  if (freshness === 'no-data' || freshness === 'half-copied' || freshness === 'out-of-date') {
    throw new HoldfastError({
      code: 'HF-ALONE-STALE',
      message: `${words} It must not serve.`,
      remedy: `Let the other node serve: switch ${other} on, and where it stays alone: ${holdfast({ siteFile }, 'start-alone', other)}`,
      source: 'site',
    });
  }
  if (options.discard === other) return;
  const condition =
    forbiddenBy !== undefined
      ? `if ${other} is lost for ever`
      : freshness === 'newest-when-last-up'
        ? `if nobody let ${other} serve alone since (start-alone ${other}, state resolve --discard ${name}), or if it is lost for ever`
        : `if you know that ${other} did not serve after that, or if it is lost for ever`;
  throw new HoldfastError({
    code: 'HF-ALONE-DOUBT',
    message: words,
    remedy: `Switch ${other} on: together they know. Only ${condition}: ${again(name, { ...options, discard: other })}`,
    source: 'site',
  });
}

/** The node that must be off before `name` may serve alone. Pure. Throws HF-ALONE-NOT-NEEDED, HF-ALONE-OTHERS-LIVE. */
export function planAlone({ machines }: Snapshot, site: Site, name: string, siteFile = 'site.yaml'): SiteNode {
  const other = site.nodes.find((node) => node.name !== name);
  if (other === undefined || !site.nodes.some((node) => node.name === name)) {
    throw new HoldfastError({
      code: 'HF-ALONE-NOT-NEEDED',
      message: `${name} is not a node of ${site.name} that can run its workloads.`,
      remedy: `Name ${site.nodes.map((node) => node.name).join(' or ')}.`,
      source: 'user',
    });
  }
  const living = machinesOf(site).find((machine) =>
    machines.some((each) => each.name === machine.name && machine.name !== name && each.reachable),
  );
  if (living !== undefined) {
    throw new HoldfastError({
      code: 'HF-ALONE-OTHERS-LIVE',
      message: `${living.name} lives: together with ${name} it may be a majority, and nobody need start alone.`,
      remedy: `Bring its cluster and its links back: ${onMachine({ site }, living.name, 'systemctl start corosync pacemaker')}`,
      source: 'user',
    });
  }
  const own = machines.find((each) => each.name === name);
  if (own === undefined || !own.reachable || !own.quorum.known) {
    throw new HoldfastError({
      code: 'HF-ALONE-NOT-NEEDED',
      message: `Corosync on ${name} does not say whether it has quorum.`,
      remedy: `Start the cluster there first: ${onMachine({ site }, name, 'systemctl start corosync pacemaker')}`,
      source: 'site',
    });
  }
  if (own.quorum.value.quorate) {
    throw new HoldfastError({
      code: 'HF-ALONE-NOT-NEEDED',
      message: `${name} has quorum already: it needs nobody's word to serve.`,
      remedy: `See what keeps it: ${holdfast({ siteFile }, 'status')}`,
      source: 'user',
    });
  }
  return other;
}

/** The same command, with what has been said so far and what is still missing. */
function again(
  name: string,
  { siteFile = 'site.yaml', isOff, discard }: Pick<StartAloneOptions, 'discard' | 'isOff' | 'siteFile'>,
): string {
  const words = [name, ...(isOff ? ['--is-off', isOff] : []), ...(discard ? ['--discard', discard] : [])];
  return holdfast({ siteFile }, 'start-alone', words.join(' '));
}

async function surelyOff(host: Host, other: SiteNode, options: StartAloneOptions): Promise<OffBecause> {
  const { isOff, signal } = options;
  const device = other.fencing === undefined ? undefined : fenceScript(other.fencing, 'off');
  if (device !== undefined) {
    const { exitCode } = await host.run(device.script, {
      timeoutMs: device.timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    if (exitCode === 0) return 'its fencing device switched it off';
  }
  if (isOff === other.name) return 'a person has seen it';
  throw new HoldfastError({
    code: 'HF-ALONE-NOT-OFF',
    message:
      device === undefined
        ? `Nothing but a person can tell whether ${other.name} is off: no device switches it.`
        : `No fencing device of ${other.name} confirms that it is off.`,
    remedy: `Look at ${other.name}. Only if it has no power, and will get none by itself: ${again(host.name, { ...options, isOff: other.name })}`,
    source: 'site',
  });
}

/**
 * Votes, then the word that the other node is dead where no device can give it, then the word that the data are good where each
 * node has its own, then waiting until everything serves.
 */
function aloneScript(site: Site, name: string, other: string, offBecause: OffBecause): string {
  const replica = drbdResource(site)?.name;
  const confirm =
    offBecause === 'a person has seen it'
      ? `stonith_admin --confirm ${other} || { echo "Pacemaker did not take the word that ${other} is off" >&2; exit 1; }`
      : ':';
  return `set -u
${awaitServed(site)}
# A cluster of two that has not seen its peer since the boot waits for it (votequorum(5), wait_for_all). Before the votes, which
# Corosync then reads from its configuration again.
if corosync-quorumtool -s | grep -q '^Flags:.*WaitForAll'; then
	corosync-cmapctl -s quorum.cancel_wait_for_all u8 1
fi
corosync-quorumtool -e 1 >/dev/null || { echo "Corosync did not take one vote for enough" >&2; exit 1; }
tries=0
until crm_node --quorum 2>/dev/null | grep -qx 1; do
	tries=$((tries + 1))
	[ "$tries" -lt 60 ] || { echo "Pacemaker did not see the quorum" >&2; exit 1; }
	sleep 0.5
done
${confirm}
${replica === undefined ? ':' : goOnWith(replica, name, other)}
await_served || { echo "the workloads did not answer in time" >&2; exit 1; }`;
}

function failed(site: Site, name: string, siteFile: string, printed: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-ALONE-FAILED',
    message: `${name} does not serve alone: ${printed.trim().split('\n').at(-1) ?? ''}.`,
    remedy: `See why, and what to do: ${holdfast({ siteFile }, 'status')} (site ${site.name}).`,
    source: 'site',
  });
}
