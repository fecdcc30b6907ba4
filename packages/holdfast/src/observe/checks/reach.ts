import { shellQuote } from '../../core/index.ts';
import { reachAttribute, reachScore } from '../../patterns/index.ts';
import type { Finding } from '../assessment-types.ts';
import { breaking, holdfast, onMachine, reachableMachine, type Scene } from '../scene.ts';
import type { ClusterView } from '../snapshot-types.ts';
import { takeover } from './takeover.ts';

/** How many of the targets of `reach` a node reaches, as the cluster counts; undefined: nobody knows. */
export function targetsReached(view: ClusterView | undefined, node: string): number | undefined {
  // In maintenance nothing is pinged: what stands there is old.
  if (view === undefined || view.maintenanceMode) return undefined;
  const count = view.nodeAttributes[node]?.[reachAttribute];
  return count === undefined || !/^\d+$/.test(count) ? undefined : Number(count) / reachScore;
}

/** Both nodes reach the clients' network: then a cut of one's cable is seen, and the other one is worth moving to. */
export function checkReach(scene: Scene): readonly Finding[] {
  const { view, site } = scene;
  if (site.reach.length === 0 || view === undefined || view.maintenanceMode) return [];
  const counts = site.nodes
    .map(({ name }) => ({ name, reached: targetsReached(view, name) }))
    .filter(({ name }) => pings(view, name));
  const most = Math.max(...counts.map(({ reached }) => reached ?? -1));
  const unknown = counts.filter(({ reached }) => reached === undefined).map(({ name }) => notCounted(scene, name));
  const cutOff = counts.flatMap(({ name, reached }) =>
    reached !== undefined && reached < most ? [behind(scene, name, reached)] : [],
  );
  const silent = most >= 0 && most < site.reach.length ? [nobodyReaches(scene, most)] : [];
  return [...unknown, ...cutOff, ...silent];
}

/** A node that is away or in maintenance has no ping, and that is said of it. */
function pings({ nodes }: ClusterView, name: string): boolean {
  return nodes.some((node) => node.name === name && node.online && !node.standby && !node.maintenance && !node.unclean);
}

function notCounted(scene: Scene, name: string): Finding {
  return {
    code: 'HF-STATUS-REACH-UNKNOWN',
    severity: 'danger',
    where: name,
    message: `Whether ${name} reaches the clients' network (${targets(scene)}) is not known: the cluster has no count of it.`,
    remedy: `If it lasts longer than a few seconds, the ping does not run on ${name}: let the cluster try again.`,
    command: holdfast(scene, 'clear', 'reach'),
    breaks: breaking('unknown', name === scene.active ? ['link-loss'] : takeover),
  };
}

function behind(scene: Scene, name: string, reached: number): Finding {
  const serves = name === scene.active;
  return {
    code: 'HF-STATUS-REACH',
    severity: 'danger',
    where: name,
    message: `${name} ${reachesOf(scene, reached)}: its cable to the clients' network is cut, or its port is dead. ${
      serves
        ? 'It still serves, though clients may not reach it.'
        : 'After a takeover clients would not reach the address there.'
    }`,
    remedy: `Check cable, port and address of ${name} in the clients' network.${
      serves ? ' If the workloads do not move within seconds, another finding says what holds them.' : ''
    }`,
    command: ping(scene, name),
    ...(serves ? { serves: 'unknown' } : {}),
    breaks: breaking('no', serves ? ['link-loss'] : takeover),
  };
}

/** The same count everywhere moves nothing, and no cut of a cable would lower it. */
function nobodyReaches(scene: Scene, most: number): Finding {
  const nobody = most === 0;
  return {
    code: 'HF-STATUS-REACH-TARGET',
    severity: nobody ? 'danger' : 'warning',
    where: targets(scene),
    message: nobody
      ? `${targets(scene)} ${scene.site.reach.length === 1 ? 'answers' : 'answer'} no node: if the active node's cable to the clients were cut, nobody would notice.`
      : `No node reaches all of ${targets(scene)}: ${scene.site.reach.length - most} of them ${scene.site.reach.length - most === 1 ? 'answers' : 'answer'} nobody.`,
    remedy: nobody
      ? "See whether it is on and answers pings. If it never does, name in 'reach' something in the clients' network that does, and apply."
      : "See which of them is off; one that is gone for good does not belong in 'reach'.",
    command: ping(scene, scene.active ?? scene.site.nodes[0].name),
    breaks: nobody ? breaking('no', ['link-loss']) : {},
  };
}

function reachesOf({ site }: Scene, reached: number): string {
  const all = site.reach.join(', ');
  return reached === 0
    ? `reaches nothing of the clients' network (${all}), and the other node does`
    : `reaches only ${reached} of ${all}, and the other node more of them`;
}

function targets({ site }: Scene): string {
  return site.reach.join(', ');
}

/** From another machine where the named one cannot be asked. */
function ping(scene: Scene, name: string): string {
  const from = reachableMachine(scene, name)?.name ?? scene.viewOf ?? name;
  const [first = '', ...others] = scene.site.reach;
  if (others.length === 0) return onMachine(scene, from, `ping -c 3 -W 1 ${first}`);
  const each = `for each in ${scene.site.reach.join(' ')}; do ping -q -c 2 -W 1 $each; done`;
  return onMachine(scene, from, `sh -c ${shellQuote(each)}`);
}
