import { type Clock, HoldfastError, shellQuote } from '../core/index.ts';
import { drbdStatusCommand, readDrbdReport } from '../engines/drbd/index.ts';
import type { Host } from '../hosts/index.ts';
import { type ClusterView, readCrmMon } from '../observe/index.ts';
import { drbdResource } from '../patterns/index.ts';
import { patience, type Site } from '../site/index.ts';
import type { DrillPace } from './options.ts';

/** How a cluster stands, as far as a drill must know it. */
export interface ClusterReading {
  /** The node that runs every resource of the site; null: none does, or they are not all on one. */
  readonly active: string | null;
  /** Every reason why the cluster is not whole and idle, in words. Empty: a drill may begin. */
  readonly missing: readonly string[];
  /** Somebody is missing, and whoever is left has dealt with that: nobody is about to be fenced, and the cluster is idle. */
  readonly settledWithout: boolean;
  /** Whoever is left has decided to start nothing: it is idle without quorum, or waits until somebody who is lost is fenced. */
  readonly refuses: boolean;
}

const separator = '--- controller ---';
const readLimitMs = 8_000;
/** Without a DC crmadmin may wait for one for ever. */
const clusterScript = `crm_mon --one-shot --inactive --output-as=xml || :
echo ${shellQuote(separator)}
dc=$(timeout 3 crmadmin --dc_lookup --quiet 2>/dev/null) && timeout 3 crmadmin --quiet --status="$dc" 2>/dev/null || :`;

const replicaSeparator = '--- replica ---';

/** On a node with one of the copies of a replicated state the script also asks how that is. */
function scriptFor(site: Site, member: Host): string {
  const resource = drbdResource(site);
  if (resource === undefined || !site.nodes.some(({ name }) => name === member.name)) return clusterScript;
  return `${clusterScript}\necho ${shellQuote(replicaSeparator)}\n${drbdStatusCommand(resource.name, resource.minor)}`;
}

/** Asks all members at once: whole is only what every one of them calls whole. Throws the signal's reason when aborted. */
export async function readCluster(
  site: Site,
  members: readonly Host[],
  resources: readonly string[],
  signal: AbortSignal,
): Promise<ClusterReading> {
  const asked = await Promise.allSettled(
    members.map((host) => host.run(scriptFor(site, host), { timeoutMs: readLimitMs * patience(site), signal })),
  );
  signal.throwIfAborted();
  const silent: string[] = [];
  const readings: ClusterReading[] = [];
  for (const [index, answer] of asked.entries()) {
    const name = members[index]?.name ?? '';
    const reading =
      answer.status === 'fulfilled' ? readingOf(expectedMembers(site), resources, answer.value.stdout) : undefined;
    if (reading === undefined) silent.push(`${name} does not say how the cluster stands`);
    else readings.push(reading);
  }
  const actives = new Set(readings.map(({ active }) => active));
  const [active = null] = actives;
  if (actives.size > 1) silent.push('the members do not agree on who is active');
  return {
    active: actives.size === 1 ? active : null,
    missing: [...new Set([...silent, ...readings.flatMap(({ missing }) => missing)])],
    settledWithout: readings.length > 0 && readings.every(({ settledWithout }) => settledWithout),
    refuses: readings.length > 0 && readings.every(({ refuses }) => refuses),
  };
}

/** Waits until the cluster is whole and idle. Throws HF-DRILL-NOT-READY with the reasons when `readyLimitMs` are over. */
export async function untilReady(
  read: () => Promise<ClusterReading>,
  clock: Clock,
  pace: Pick<DrillPace, 'readyLimitMs' | 'pollEveryMs'>,
  signal: AbortSignal,
): Promise<string> {
  const deadlineMs = clock.monotonic() + pace.readyLimitMs;
  for (;;) {
    const { active, missing } = await read();
    if (active !== null && missing.length === 0) return active;
    if (clock.monotonic() >= deadlineMs) throw notReady(missing, pace.readyLimitMs);
    await clock.sleep(pace.pollEveryMs, signal);
  }
}

/** Waits until the members that are left have dealt with a loss. Throws HF-DRILL-NOT-READY when `readyLimitMs` are over. */
export async function untilSettled(
  read: () => Promise<ClusterReading>,
  clock: Clock,
  pace: Pick<DrillPace, 'readyLimitMs' | 'pollEveryMs'>,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.monotonic() + pace.readyLimitMs;
  for (;;) {
    const { settledWithout, missing } = await read();
    if (settledWithout) return;
    if (clock.monotonic() >= deadlineMs) throw notReady(missing, pace.readyLimitMs);
    await clock.sleep(pace.pollEveryMs, signal);
  }
}

function expectedMembers(site: Site): readonly string[] {
  const witness = site.witness?.kind === 'member' ? [site.witness.name] : [];
  return [...site.nodes.map(({ name }) => name), ...witness];
}

/** Reads what the script printed on one member; undefined: there is no cluster on it. */
export function readingOf(
  expected: readonly string[],
  resources: readonly string[],
  printed: string,
): ClusterReading | undefined {
  const [cluster = '', replica] = printed.split(replicaSeparator);
  const [xml = '', controller = ''] = cluster.split(separator);
  let view: ClusterView | null;
  try {
    view = readCrmMon(xml);
  } catch {
    return undefined;
  }
  if (view === null) return undefined;
  const missing: string[] = [];
  if (!view.quorate) missing.push('the cluster has no quorum');
  for (const name of expected) {
    const node = view.nodes.find((each) => each.name === name);
    if (node === undefined || !node.online || node.pending) missing.push(`${name} is not online in the cluster`);
    else if (node.standby || node.maintenance) missing.push(`${name} is in standby or maintenance`);
    else if (node.unclean || node.shuttingDown) missing.push(`${name} is about to be fenced or shut down`);
  }
  const places = new Set<string>();
  for (const id of resources) {
    const resource = view.resources.find((each) => each.id === id);
    const [place] = resource?.nodes ?? [];
    if (resource === undefined || !resource.active || place === undefined || resource.nodes.length !== 1) {
      missing.push(`the resource ${id} does not run on exactly one node`);
    } else if (resource.failed || resource.blocked || resource.pending !== undefined) {
      missing.push(`the resource ${id} has failed or is changing`);
    } else places.add(place);
  }
  if (replica !== undefined && !hasBothCopies(replica)) missing.push('the two copies of the state are not the same');
  const state = controller.trim();
  if (state !== 'S_IDLE') missing.push(`the cluster is not idle (${state === '' ? 'it has no DC' : state})`);
  const [active = null] = places;
  const someoneIsOff = view.nodes.some(({ name, online }) => expected.includes(name) && !online);
  const isQuiet = view.nodes.every(({ unclean, pending, shuttingDown }) => !unclean && !pending && !shuttingDown);
  return {
    active: places.size === 1 ? active : null,
    missing,
    settledWithout: someoneIsOff && isQuiet && state === 'S_IDLE',
    refuses: view.quorate
      ? view.nodes.some(({ name, unclean }) => expected.includes(name) && unclean)
      : state === 'S_IDLE',
  };
}

/** Pacemaker calls a node whole whose copy is still being made: it could not take over. */
function hasBothCopies(printed: string): boolean {
  const report = readDrbdReport(printed.trim());
  if (report?.kind !== 'up') return false;
  const { disk, peerDisk, connection } = report.status;
  return disk === 'UpToDate' && peerDisk === 'UpToDate' && connection === 'Connected';
}

function notReady(missing: readonly string[], limitMs: number): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-NOT-READY',
    message: `The site was not whole and idle within ${limitMs / 1000} s: ${missing.join('; ')}.`,
    remedy: 'Bring it into order first: `holdfast status <site>` says what is wrong and what to do about it.',
    source: 'site',
  });
}
