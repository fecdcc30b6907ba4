import { shellQuote } from '../core/index.ts';
import { nodeDevices, reachPingId, replicaResourceId, witnessFenceId, workloadId } from '../patterns/index.ts';
import type { Machine, Site } from '../site/index.ts';
import { type FaultClass, type Finding, faultClasses, type Risked } from './assessment-types.ts';
import { machinesOf } from './snapshot.ts';
import type { ClusterView, ReachableMachine, Snapshot } from './snapshot-types.ts';
import { clusterUnits } from './survey-script.ts';

/** The resources of an active-passive site in the cluster's configuration. */
export { activeGroupId as groupId } from '../patterns/index.ts';

/** A snapshot with what every check needs to know of it. */
export interface Scene {
  readonly snapshot: Snapshot;
  readonly site: Site;
  /** How the site file is named in commands. */
  readonly siteFile: string;
  /** The Corosync members: the nodes, and the witness where it is one. */
  readonly members: readonly string[];
  readonly reachable: readonly ReachableMachine[];
  /** The view to believe: the quorate DC's own where it is known. */
  readonly view: ClusterView | undefined;
  /** Whose view it is. */
  readonly viewOf: string | undefined;
  readonly active: string | null;
  readonly passive: string | null;
  /** The faults this site can meet. */
  readonly faults: readonly FaultClass[];
  /** Those, and a planned move. */
  readonly everything: readonly Risked[];
}

export function sceneOf(snapshot: Snapshot, site: Site, siteFile: string): Scene {
  const reachable = snapshot.machines.filter((each) => each.reachable);
  const believed = believedView(reachable);
  const active = activeNode(reachable, believed?.cluster, site);
  const faults = faultClasses.filter((fault) => fault !== 'witness-loss' || site.witness !== undefined);
  return {
    snapshot,
    site,
    siteFile,
    members: machinesOf(site)
      .filter((machine) => machine !== site.witness || site.witness.kind === 'member')
      .map((machine) => machine.name),
    reachable,
    view: believed?.cluster,
    viewOf: believed?.name,
    active,
    passive: active === null ? null : (site.nodes.find((node) => node.name !== active)?.name ?? null),
    faults,
    everything: [...faults, 'planned-move'],
  };
}

function believedView(reachable: readonly ReachableMachine[]): { name: string; cluster: ClusterView } | undefined {
  const views = reachable.flatMap(({ name, cluster }) => (cluster.known ? [{ name, cluster: cluster.value }] : []));
  const quorate = views.filter(({ cluster }) => cluster.quorate);
  return quorate.find(({ name, cluster }) => cluster.dc === name) ?? quorate[0] ?? views[0];
}

/** Where the cluster says that the site's resources run; where it does not say, where state or address really are. */
function activeNode(reachable: readonly ReachableMachine[], view: ClusterView | undefined, site: Site): string | null {
  const ids = resourceIds(site);
  const claimed = new Set(
    view?.resources.filter(({ id, active }) => active && ids.includes(id)).flatMap(({ nodes }) => nodes),
  );
  const held = reachable.filter(
    ({ mounts, holdsAddress }) =>
      (holdsAddress.known && holdsAddress.value) ||
      (mounts.known && mounts.value.some(({ target }) => target === site.state.mountPoint)),
  );
  const candidates = claimed.size > 0 ? [...claimed] : held.map(({ name }) => name);
  const [only, ...others] = candidates.filter((name) => site.nodes.some((node) => node.name === name));
  return only !== undefined && others.length === 0 ? only : null;
}

/** In the order in which the cluster starts them. */
export function resourceIds(site: Site): readonly string[] {
  return ['state', 'address', ...site.workloads.map(workloadId)];
}

/** Every resource whose failures the cluster counts: those above, what they stand on, and the fencing devices. */
export function countedIds(site: Site): readonly string[] {
  const devices = nodeDevices(site).map(({ id }) => id);
  return [
    ...resourceIds(site),
    ...(site.state.type === 'drbd' ? [replicaResourceId] : []),
    ...(site.reach.length === 0 ? [] : [reachPingId]),
    ...new Set(devices),
    ...(site.witness?.kind === 'member' && devices.length > 0 ? [witnessFenceId(site.witness.name)] : []),
  ];
}

/** What a node must be able to start to take over. */
export function neededIds(site: Site): readonly string[] {
  return [...resourceIds(site), ...(site.state.type === 'drbd' ? [replicaResourceId] : [])];
}

export function reachableMachine(scene: Scene, name: string | null): ReachableMachine | undefined {
  return scene.reachable.find((machine) => machine.name === name);
}

/** The units of the cluster that are known not to run on a machine. */
export function stoppedUnits({ units }: ReachableMachine): string[] {
  if (!units.known) return [];
  return clusterUnits.filter((unit) => units.value.some((each) => each.unit === unit && each.active !== 'active'));
}

/** The same answer for each of those. */
export function breaking(answer: 'no' | 'unknown', risked: readonly Risked[]): Finding['breaks'] {
  return Object.fromEntries(risked.map((each) => [each, answer]));
}

/** What needs this machine as a working member. */
export function needing(scene: Scene, name: string): readonly Risked[] {
  if (scene.active === null || name === scene.active) return scene.everything;
  const needed: readonly Risked[] =
    name === scene.passive
      ? ['active-node-loss', 'witness-loss', 'link-loss', 'planned-move']
      : ['active-node-loss', 'passive-node-loss', 'link-loss'];
  return scene.everything.filter((each) => needed.includes(each));
}

/** The fault that is the loss of this machine. */
export function lossOf(scene: Scene, name: string): FaultClass {
  if (name === scene.site.witness?.name) return 'witness-loss';
  return name === scene.passive ? 'passive-node-loss' : 'active-node-loss';
}

/** A command on a machine of the site, as typed on the observer's computer. */
export function onMachine(scene: Pick<Scene, 'site'>, name: string, command: string): string {
  const machine: Machine | undefined = machinesOf(scene.site).find((each) => each.name === name);
  const config = scene.site.ssh.configFile;
  const through = config === undefined ? 'ssh' : `ssh -F ${word(config)}`;
  return `${through} ${machine?.ssh ?? name} ${shellQuote(machine?.sudo ? `sudo -n ${command}` : command)}`;
}

export function holdfast(scene: Pick<Scene, 'siteFile'>, verb: string, rest = ''): string {
  return `holdfast ${verb} ${word(scene.siteFile)}${rest === '' ? '' : ` ${rest}`}`;
}

function word(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : shellQuote(text);
}

/** What a machine or another part of Holdfast said, as the end of a sentence. */
export function ended(text: string): string {
  return /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}
