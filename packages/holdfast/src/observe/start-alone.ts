import { type Clock, HoldfastError, type ProgressSink } from '../core/index.ts';
import { fenceScript } from '../fencing/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';
import type { Site, SiteNode } from '../site/index.ts';
import { holdfast, onMachine } from './scene.ts';
import { awaitServed, switchoverLimitMs } from './served-script.ts';
import { machinesOf, snapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot-types.ts';

export interface StartAloneOptions {
  /** The other node, where a person has seen that it has no power and will get none by itself. */
  readonly isOff?: string;
  /** How the site file is named in messages. */
  readonly siteFile?: string;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressSink;
}

/** How the other node is known to be off. */
export type OffBecause = 'its fencing device switched it off' | 'a person has seen it';

/**
 * Lets one node serve that is no majority, because the others are dead and stay so. Two writers are excluded as everywhere: the
 * other node is switched off by its fencing device first, or, where that does not answer, a person says that it is off. Holds
 * until the others are back: they bring their votes with them (corosync, exec/votequorum.c, the highest expected votes win).
 *
 * Throws HF-ALONE-NOT-NEEDED, HF-ALONE-OTHERS-LIVE, HF-ALONE-NOT-OFF, HF-ALONE-FAILED and what hosts throw.
 */
export async function startAlone(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  name: string,
  options: StartAloneOptions = {},
): Promise<{ readonly node: string; readonly other: string; readonly offBecause: OffBecause }> {
  const { siteFile = 'site.yaml', isOff, signal, progress = () => {} } = options;
  const limit = signal === undefined ? {} : { signal };
  progress({ kind: 'task-started', id: 'check', title: 'See who is left' });
  const other = planAlone(await snapshot(site, hosts, clock, signal), site, name, siteFile);
  progress({ kind: 'task-finished', id: 'check', outcome: 'done', note: `${name} alone` });
  const host = hosts.get(name);
  progress({ kind: 'task-started', id: 'off', title: `Make sure that ${other.name} is off`, host: name });
  const offBecause = await surelyOff(host, other, isOff, siteFile, limit);
  progress({ kind: 'task-finished', id: 'off', outcome: 'done', note: offBecause });
  progress({ kind: 'task-started', id: 'serve', title: `Let ${name} serve`, host: name });
  const script = aloneScript(site, other.name, offBecause);
  const { exitCode, stderr } = await host.run(script, { timeoutMs: switchoverLimitMs(site) + 90_000, ...limit });
  if (exitCode !== 0) throw failed(site, name, siteFile, stderr);
  progress({ kind: 'task-finished', id: 'serve', outcome: 'done' });
  return { node: name, other: other.name, offBecause };
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

async function surelyOff(
  host: Host,
  other: SiteNode,
  isOff: string | undefined,
  siteFile: string,
  limit: { readonly signal?: AbortSignal },
): Promise<OffBecause> {
  const device = other.fencing === undefined ? undefined : fenceScript(other.fencing, 'off');
  if (device !== undefined) {
    const { exitCode } = await host.run(device.script, { timeoutMs: device.timeoutMs, ...limit });
    if (exitCode === 0) return 'its fencing device switched it off';
  }
  if (isOff === other.name) return 'a person has seen it';
  throw new HoldfastError({
    code: 'HF-ALONE-NOT-OFF',
    message:
      device === undefined
        ? `Nothing but a person can tell whether ${other.name} is off: no device switches it.`
        : `No fencing device of ${other.name} confirms that it is off.`,
    remedy: `Look at ${other.name}. Only if it has no power, and will get none by itself: ${holdfast({ siteFile }, 'start-alone', `${host.name} --is-off ${other.name}`)}`,
    source: 'site',
  });
}

/** Votes, then the word that the other node is dead where no device can give it, then waiting until everything serves. */
function aloneScript(site: Site, other: string, offBecause: OffBecause): string {
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
