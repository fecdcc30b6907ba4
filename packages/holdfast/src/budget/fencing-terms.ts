import { formatDuration, type TimeTerm } from '../core/index.ts';
import type { FenceDevice } from '../fencing/index.ts';
import {
  fenceHeadStartMs,
  type NodeDevice,
  nodeDevices,
  priorityFencingDelayMs,
  selfFencedMs,
  shootsWithoutWitness,
} from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { devicePath } from './site-paths.ts';
import { fromHoldfast, fromSite, sumOf } from './terms.ts';

/** How a node was lost, as far as its fencing takes longer for it. */
export interface Loss {
  /** It is gone from the membership; only then the delay for the node that serves counts (lib/pengine/unpack.c, `determine_online_status_fencing`). */
  readonly left: boolean;
  /** It has no power: a device that shares it is dark as well. */
  readonly dark: boolean;
  /** The devices of its first level do not answer. */
  readonly firstLevelDead?: boolean;
}

/**
 * Until a lost node is known to be dead, for the node with which that takes longest. Undefined: nothing can make it sure.
 * Levels are tried in turn, the devices of one after another (Pacemaker Explained, "Fencing Topologies").
 */
export function fencingTerms(site: Site, loss: Loss): TimeTerm[] | undefined {
  const ofNodes = [...Map.groupBy(nodeDevices(site), ({ node }) => node).values()].map((devices) =>
    nodeFenced(site, devices, loss),
  );
  const known = ofNodes.filter((terms) => terms !== undefined);
  if (known.length < ofNodes.length) return undefined;
  const [slowest = []] = known.toSorted((a, b) => sumOf(b) - sumOf(a));
  return [...(slowest.length > 0 ? servingNodeDelay(site, loss) : []), ...slowest];
}

/** The nodes that nothing can be sure of after this loss because a device lost its power with them. */
export function nodesInTheDark(site: Site, loss: Loss): readonly string[] {
  return [...Map.groupBy(nodeDevices(site), ({ node }) => node)].flatMap(([node, devices]) => {
    const isLit = nodeFenced(site, devices, { ...loss, dark: false }) !== undefined;
    return isLit && nodeFenced(site, devices, loss) === undefined ? [node] : [];
  });
}

function nodeFenced(site: Site, devices: readonly NodeDevice[], loss: Loss): TimeTerm[] | undefined {
  const terms: TimeTerm[] = [];
  for (const [level, ofLevel] of Map.groupBy(devices, (each) => each.level)) {
    const dead = ofLevel.find((each) => isDead(each, loss, level));
    const called = dead === undefined ? ofLevel : ofLevel.slice(0, ofLevel.indexOf(dead));
    terms.push(...headStart(site), ...called.map(({ device }) => works(device, site)));
    if (dead === undefined) return terms;
    const path = devicePath(site.nodes, dead.node, level - 1, called.length);
    terms.push(givesUp(dead.node, dead.device.timeoutMs, path));
  }
  return undefined;
}

/** A watchdog needs nobody's answer: a machine without power is as still as one that was reset. */
function isDead(
  each: NodeDevice,
  { dark, firstLevelDead }: Loss,
  level: number,
): each is NodeDevice & { readonly device: FenceDevice } {
  if (each.device === 'watchdog') return false;
  return (firstLevelDead === true && level === 1) || (dark && !each.device.confirmsPowerLoss);
}

function works(device: NodeDevice['device'], site: Site): TimeTerm {
  if (device === 'watchdog') {
    return fromHoldfast(
      'watchdog',
      selfFencedMs(site) ?? 0,
      'stonith-watchdog-timeout',
      'a silent node has reset itself after this long',
      'sbd(8); packages/holdfast/src/fencing/watchdog/watchdog.ts',
    );
  }
  return {
    name: 'fencing: off',
    seconds: device.allowanceMs / 1000,
    because: `${device.agent} starts, switches off, and sees the node off`,
    origin: 'assumed',
    setting: device.agent,
    value: formatDuration(device.allowanceMs),
    source: `allowance of ${device.agent}, packages/holdfast/src/fencing`,
  };
}

export const givesUpName = 'fencing device gives up';

function givesUp(node: string, timeoutMs: number, path: string): TimeTerm {
  const term = fromSite(
    givesUpName,
    timeoutMs,
    `${path}.timeout`,
    `a device of ${node} that does not answer is given 1.2 times this long before the next level is tried`,
    'daemons/fenced/fenced_remote.c, TIMEOUT_MULTIPLY_FACTOR',
  );
  // In the lab a device of 10 s that failed slowly, twice, was given up after 11.1 s.
  return { ...term, seconds: (1.2 * timeoutMs) / 1000 };
}

/** The first device of each level waits for the first node, so this is counted for both. */
function headStart(site: Site): TimeTerm[] {
  if (!shootsWithoutWitness(site)) return [];
  return [
    fromHoldfast(
      'fencing head start',
      fenceHeadStartMs,
      'pcmk_delay_base',
      'without a witness both nodes may shoot: killing the first one waits',
      'pacemaker-fenced(7), pcmk_delay_base',
    ),
  ];
}

function servingNodeDelay(site: Site, { left }: Loss): TimeTerm[] {
  if (!shootsWithoutWitness(site) || !left) return [];
  return [
    fromHoldfast(
      'fencing delay of the serving node',
      priorityFencingDelayMs,
      'priority-fencing-delay',
      'without a witness the node that serves may shoot first',
      'pacemaker-schedulerd(7), priority-fencing-delay',
    ),
  ];
}
