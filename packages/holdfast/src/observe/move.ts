import { type Clock, HoldfastError, type Problem, type ProgressSink } from '../core/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';
import type { Site } from '../site/index.ts';
import { assess } from './assess.ts';
import type { Assessment, Finding } from './assessment-types.ts';
import { groupId, holdfast } from './scene.ts';
import { awaitServed, switchoverLimitMs } from './served-script.ts';
import { snapshot } from './snapshot.ts';

export interface Move {
  readonly from: string;
  readonly to: string;
}

export interface MoveResult extends Move {
  /** When Holdfast sent the order; its own wall clock, Unix milliseconds. */
  readonly sentAtMs: number;
  /** When the order was given to the cluster, and when the target served; the target's wall clock, Unix milliseconds. */
  readonly orderedAtMs: number;
  readonly servedAtMs: number;
  /** From the order to the answer of the last workload on the target. */
  readonly tookMs: number;
}

export interface MoveOptions {
  /** The node to move to; absent: the one that does not serve now. */
  readonly to?: string;
  /** How the site file is named in messages. */
  readonly siteFile?: string;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressSink;
}

/**
 * The planned switchover: refuses unless the target could take over now, gives the order, and waits until the target serves.
 * Null: the target serves already. Throws HF-MOVE-TARGET, HF-MOVE-UNSAFE, HF-MOVE-REFUSED, HF-MOVE-LATE and what hosts throw.
 */
export async function moveWorkload(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  options: MoveOptions = {},
): Promise<MoveResult | null> {
  const { siteFile, signal, progress = () => {} } = options;
  progress({ kind: 'task-started', id: 'check', title: 'See whether the target could take over' });
  const assessment = assess(await snapshot(site, hosts, clock, signal), site, siteFile);
  const move = planMove(assessment, site, options.to, siteFile);
  progress({ kind: 'task-finished', id: 'check', outcome: 'done' });
  if (move === null) return null;
  progress({ kind: 'task-started', id: 'move', title: `Move from ${move.from} to ${move.to}`, host: move.to });
  const result = await orderMove(site, hosts.get(move.to), move, clock, signal);
  progress({ kind: 'task-finished', id: 'move', outcome: 'done', note: `${(result.tookMs / 1000).toFixed(2)} s` });
  return result;
}

/** Whether and whither the workloads can be moved. Null: they are there already. Pure. Throws HF-MOVE-TARGET, HF-MOVE-UNSAFE. */
export function planMove(assessment: Assessment, site: Site, to?: string, siteFile = 'site.yaml'): Move | null {
  const { active, passive, move } = assessment;
  const names = site.nodes.map(({ name }) => name);
  if (to !== undefined && !names.includes(to)) {
    throw new HoldfastError({
      code: 'HF-MOVE-TARGET',
      message: `${to} is not a node of ${site.name} that can run its workloads.`,
      remedy: `Name ${names.join(' or ')}.`,
      source: 'user',
    });
  }
  if (active === null || passive === null) {
    throw new HoldfastError({
      code: 'HF-MOVE-UNSAFE',
      message: `Nothing can be moved: ${assessment.verdict}`,
      remedy: assessment.findings[0]?.remedy ?? `See ${holdfast({ siteFile }, 'status')}.`,
      source: 'site',
    });
  }
  if (to === active) return null;
  const [first, ...others] = move.reasons.map((reason) => unsafe(passive, reason));
  if (first !== undefined) throw new HoldfastError([first, ...others]);
  return { from: active, to: passive };
}

function unsafe(passive: string, { message, remedy, command }: Finding): Problem {
  return {
    code: 'HF-MOVE-UNSAFE',
    message: `${passive} could not take over: ${message}`,
    remedy: command === undefined ? remedy : `${remedy} ${command}`,
    source: 'site',
  };
}

/**
 * Gives the order and waits until `target`, which must be the machine `move.to`, serves. Checks nothing before. One round trip.
 *
 * The order is a location constraint of the name and form that `crm_resource --move --lifetime` writes (pacemaker,
 * tools/crm_resource_ban.c, `cli_resource_prefer`), so that `crm_resource --clear` knows it, too. It must not outlive the move: the
 * script on the target removes it, also when nobody is connected any more; should the target die, the constraint ends by its own lifetime.
 * Removing it moves nothing back, because the group's stickiness holds it.
 */
export async function orderMove(
  site: Site,
  target: Host,
  move: Move,
  clock: Clock,
  signal?: AbortSignal,
): Promise<MoveResult> {
  signal?.throwIfAborted();
  const sentAtMs = clock.now();
  const said = new Map<string, string>();
  const script = moveScript(site, move);
  // With an input of its own the script is not ended when this program is: it must clean up after itself.
  const options = {
    stdin: '',
    timeoutMs: switchoverLimitMs(site) + 30_000,
    ...(signal === undefined ? {} : { signal }),
  };
  for await (const line of target.lines(script, options)) {
    const [word = '', ...rest] = line.split(' ');
    said.set(word, rest.join(' '));
  }
  signal?.throwIfAborted();
  const orderedAtMs = milliseconds(said.get('ordered'));
  const servedAtMs = milliseconds(said.get('served'));
  if (orderedAtMs === null || said.has('refused')) throw refused(move, said.get('refused'));
  if (servedAtMs === null) throw late(site, move);
  return { ...move, sentAtMs, orderedAtMs, servedAtMs, tookMs: servedAtMs - orderedAtMs };
}

function moveScript(site: Site, { to }: Move): string {
  const id = `cli-prefer-${groupId}`;
  const lifetimeSeconds = Math.ceil(switchoverLimitMs(site) / 1000) + 30;
  return `trap '' HUP PIPE
export TZ=UTC
${awaitServed(site)}
withdraw() { cibadmin --delete --xml-text '<rsc_location id="${id}"/>'; }
end=$(date -d "@$(($(date +%s) + ${lifetimeSeconds}))" '+%Y-%m-%d %H:%M:%SZ')
trap withdraw EXIT
echo "ordered $(date +%s%N)"
if ! said=$(cibadmin --modify --allow-create --scope constraints --xml-text "${constraint(id, to)}" 2>&1); then
	echo "refused $said" | head -n 1
	exit 1
fi
await_served && echo "served $(date +%s%N)"`;
}

function constraint(id: string, node: string): string {
  return [
    `<rsc_location id='${id}' rsc='${groupId}' role='Started'>`,
    `<rule id='cli-prefer-rule-${groupId}' score='INFINITY' boolean-op='and'>`,
    `<expression id='cli-prefer-expr-${groupId}' attribute='#uname' operation='eq' value='${node}' type='string'/>`,
    `<date_expression id='cli-prefer-lifetime-end-${groupId}' operation='lt' end='$end'/>`,
    '</rule></rsc_location>',
  ].join('');
}

function milliseconds(nanoseconds: string | undefined): number | null {
  const value = Number(nanoseconds ?? Number.NaN) / 1e6;
  return Number.isFinite(value) ? value : null;
}

function refused({ to }: Move, said: string | undefined): HoldfastError {
  return new HoldfastError({
    code: 'HF-MOVE-REFUSED',
    message: `The cluster did not take the order to move to ${to}${said === undefined || said === '' ? '' : `: ${said}`}.`,
    remedy: 'See what holdfast status says of the site; nothing was changed.',
    source: 'site',
  });
}

function late(site: Site, { from, to }: Move): HoldfastError {
  return new HoldfastError({
    code: 'HF-MOVE-LATE',
    message: `${to} did not serve within ${Math.ceil(switchoverLimitMs(site) / 1000)} s, or the connection to it was lost meanwhile.`,
    remedy: `See with holdfast status where it runs now: the order was withdrawn, and the cluster keeps it on ${to} or ${from}.`,
    source: 'site',
  });
}
