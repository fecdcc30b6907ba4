import { formatDuration, parseDuration } from '../core/index.ts';
import {
  type DeviceLevel,
  defaults,
  type FencingDevice,
  type Site,
  type SiteNode,
  type Workload,
} from '../site/index.ts';
import { budget } from './budget.ts';
import { endlessFaults, promisedFaults } from './faults.ts';

/** What of the site file would have to be changed. */
export interface Change {
  readonly setting: string;
  /** What to do, with what it is now: `set timing.token to 1s (now 3s)`. */
  readonly words: string;
}

export interface Improvement {
  /** `none`: not even all changes together meet the RTO; then `seconds` is the least that the site can promise. */
  readonly kind: 'meets' | 'none';
  readonly changes: readonly Change[];
  /** The longest outage of a single fault with these changes. */
  readonly seconds: number;
}

/**
 * The cheapest change of the site's own settings with which its worst single fault meets its RTO: one alone, or two, or as many
 * as are needed. Each answer is the budget of the changed site, computed anew. No token below a second is proposed: at 300 ms a
 * noisy machine of two cores lost it with nothing wrong, at 1000 ms it did not.
 */
export function improve(site: Site): Improvement {
  const knobs = knobsOf(site);
  const meets = (edits: readonly Edit[]) => {
    const changed = edited(site, edits);
    return isSound(changed) && worstSeconds(changed) * 1000 <= site.objectives.rtoMs;
  };
  const pairs = knobs.flatMap((knob, index) =>
    knobs.slice(index + 1).flatMap((other) => (other.group === knob.group ? [] : [[knob, other]])),
  );
  const cheapest = [...knobs.map((knob) => [knob]), ...pairs]
    .toSorted((a, b) => costOf(a) - costOf(b))
    .map((chosen) => chosen.flatMap(({ edits }) => edits))
    .find(meets);
  const all = knobs.filter(({ group }, index) => knobs[index + 1]?.group !== group).flatMap(({ edits }) => edits);
  const found = cheapest ?? (meets(all) ? all : undefined);
  const bound = found === undefined ? worstSeconds(edited(site, all)) : site.objectives.rtoMs / 1000;
  const needed = withoutIdle(
    found ?? all,
    (edits) => isSound(edited(site, edits)) && worstSeconds(edited(site, edits)) <= bound,
  );
  return {
    kind: found === undefined ? 'none' : 'meets',
    changes: needed.map(({ setting, words }) => ({ setting, words })),
    seconds: worstSeconds(edited(site, needed)),
  };
}

interface Edit extends Change {
  readonly apply: (site: Site) => Site;
}

interface Knob {
  /** Knobs of a group exclude each other: values of one setting, the mildest first. */
  readonly group: string;
  readonly cost: number;
  readonly edits: readonly Edit[];
}

/** Every knob that can still be turned, each group with its strongest value last. The costs are an order, no more. */
function knobsOf(site: Site): Knob[] {
  return [
    ...onWorkloads(site, 'probe.every', 1, [5_000, 2_000, 1_000], probeInterval),
    ...onWorkloads(site, 'probe.timeout', 2, [5_000, 2_000, 1_000], probeTimeout),
    ...onWorkloads(site, 'stop', 3, [30_000, 20_000, 10_000, 5_000, 3_000, 2_000], stopTimeout),
    ...thresholds(site),
    ...fencingTimeouts(site),
    ...tokens(site),
    ...reach(site),
    ...watchdogs(site),
    ...witness(site),
  ];
}

/** One value for all workloads that have a longer one. */
function onWorkloads(
  site: Site,
  key: string,
  cost: number,
  valuesMs: readonly number[],
  lens: { get: (of: Workload) => number | undefined; set: (of: Workload, ms: number) => Workload },
): Knob[] {
  return valuesMs.flatMap((ms, step) => {
    const edits = site.workloads.flatMap((workload): Edit[] => {
      const nowMs = lens.get(workload);
      if (nowMs === undefined || nowMs <= ms) return [];
      return [
        {
          ...setTo(`workloads.${workload.name}.${key}`, formatDuration(ms), formatDuration(nowMs)),
          apply: (changed) => {
            const [first, ...others] = changed.workloads;
            const set = (each: Workload) => (each.name === workload.name ? lens.set(each, ms) : each);
            return { ...changed, workloads: [set(first), ...others.map(set)] };
          },
        },
      ];
    });
    return edits.length === 0 ? [] : [{ group: key, cost: cost + step / 10, edits }];
  });
}

const probeInterval = {
  get: ({ probe }: Workload) => probe?.intervalMs,
  set: (workload: Workload, intervalMs: number): Workload =>
    workload.probe === undefined ? workload : { ...workload, probe: { ...workload.probe, intervalMs } },
};
const probeTimeout = {
  get: ({ probe }: Workload) => probe?.timeoutMs,
  set: (workload: Workload, timeoutMs: number): Workload =>
    workload.probe === undefined ? workload : { ...workload, probe: { ...workload.probe, timeoutMs } },
};
const stopTimeout = {
  get: ({ stopTimeoutMs }: Workload) => stopTimeoutMs,
  set: (workload: Workload, stopTimeoutMs: number): Workload => ({ ...workload, stopTimeoutMs }),
};

function thresholds({ timing: { migrationThreshold: now } }: Site): Knob[] {
  return [2, 1]
    .filter((crashes) => crashes < now)
    .map((crashes, step) => ({
      group: 'migration-threshold',
      cost: 4 + step,
      edits: [
        {
          ...setTo('timing.migration-threshold', String(crashes), String(now)),
          apply: (site) => ({ ...site, timing: { ...site.timing, migrationThreshold: crashes } }),
        },
      ],
    }));
}

function setTo(setting: string, value: string, now: string): Change {
  return { setting, words: `set ${setting} to ${value} (now ${now})` };
}

/** Counts where the first level of a node cannot answer and the next one has to wait for it; longer than any call that works takes. */
function fencingTimeouts(site: Site): Knob[] {
  return [30_000, 20_000, 10_000].flatMap((ms, step) => {
    const edits = site.nodes.flatMap(({ name, fencing }): Edit[] => {
      const longestMs = Math.max(
        0,
        ...(fencing?.levels.flat() ?? []).filter(isAsked).map(({ timeoutMs }) => timeoutMs),
      );
      if (longestMs <= ms) return [];
      return [
        {
          ...setTo(`nodes.${name}.fencing.timeout`, formatDuration(ms), formatDuration(longestMs)),
          apply: (changed) => {
            const [first, second] = changed.nodes;
            const set = (node: SiteNode) => (node.name === name ? withFencingTimeout(node, ms) : node);
            return { ...changed, nodes: [set(first), set(second)] };
          },
        },
      ];
    });
    return edits.length === 0 ? [] : [{ group: 'fencing timeout', cost: 4.5 + step / 10, edits }];
  });
}

function withFencingTimeout(node: SiteNode, ms: number): SiteNode {
  if (node.fencing === undefined) return node;
  const set = (device: FencingDevice) =>
    isAsked(device) ? { ...device, timeoutMs: Math.min(device.timeoutMs, ms) } : device;
  const ofLevel = ([first, ...others]: DeviceLevel): DeviceLevel => [set(first), ...others.map(set)];
  const [first, ...others] = node.fencing.levels;
  return { ...node, fencing: { ...node.fencing, levels: [ofLevel(first), ...others.map(ofLevel)] } };
}

/** The timeout of a watchdog is another thing: how long it waits before it bites. */
function isAsked(device: FencingDevice): boolean {
  return device.type !== 'watchdog';
}

/** The consensus goes with it: it is 1.2 × token where the file says nothing (corosync.conf(5)). */
function tokens({ timing: { tokenMs: now, consensusMs } }: Site): Knob[] {
  return [5_000, 3_000, 2_000, 1_000]
    .filter((tokenMs) => tokenMs < now || (tokenMs === now && consensusMs > leastConsensusMs(tokenMs)))
    .map((tokenMs, step) => ({
      group: 'token',
      cost: 5 + step / 10,
      edits: [
        {
          ...setTo(
            'timing.token',
            `${formatDuration(tokenMs)} with a consensus of ${formatDuration(leastConsensusMs(tokenMs))}`,
            `${formatDuration(now)} and ${formatDuration(consensusMs)}`,
          ),
          apply: (site) => ({ ...site, timing: { ...site.timing, tokenMs, consensusMs: leastConsensusMs(tokenMs) } }),
        },
      ],
    }));
}

function leastConsensusMs(tokenMs: number): number {
  return (tokenMs * 12) / 10;
}

/** Only what is pinged tells that the clients' cable is cut. Which machine that is, nobody but the author knows. */
function reach(site: Site): Knob[] {
  if (site.reach.length > 0) return [];
  return [
    {
      group: 'reach',
      cost: 6,
      edits: [
        {
          setting: 'reach',
          words: "name in `reach` something in the clients' network that always answers pings, its gateway say",
          apply: (changed) => ({ ...changed, reach: [changed.address.ip] }),
        },
      ],
    },
  ];
}

/** The last level, which needs nobody's answer; two nodes without a witness could not tell which of them it shall reset. */
function watchdogs(site: Site): Knob[] {
  if (site.witness === undefined) return [];
  const edits = site.nodes.flatMap(({ name, fencing }): Edit[] => {
    if (fencing === undefined || fencing.levels.flat().some((device) => !isAsked(device))) return [];
    return [
      {
        setting: `nodes.${name}.fencing`,
        words: `add \`{ type: watchdog }\` as the last level of nodes.${name}.fencing (a level before it then has ${defaults.earlierLevelTimeout})`,
        apply: (changed) => {
          const [first, second] = changed.nodes;
          const set = (node: SiteNode) => (node.name === name ? withWatchdog(node) : node);
          return { ...changed, nodes: [set(first), set(second)] };
        },
      },
    ];
  });
  return edits.length === 0 ? [] : [{ group: 'watchdog', cost: 10, edits }];
}

/** A level before another one is given less time, where the file says nothing else (site/defaults.ts). */
function withWatchdog(node: SiteNode): SiteNode {
  const { fencing } = withFencingTimeout(node, parseDuration(defaults.earlierLevelTimeout));
  if (fencing === undefined) return node;
  const timeoutMs = parseDuration(defaults.watchdogTimeout);
  const [first, ...others] = fencing.levels;
  const last: DeviceLevel = [{ type: 'watchdog', device: defaults.watchdogDevice, timeoutMs }];
  return { ...node, fencing: { ...fencing, levels: [first, ...others, last] } };
}

/** With a witness no fencing has to wait. */
function witness(site: Site): Knob[] {
  if (site.witness !== undefined) return [];
  const third = { kind: 'member', name: 'witness', ssh: 'witness', sudo: false, links: site.nodes[0].links } as const;
  return [
    {
      group: 'witness',
      cost: 20,
      edits: [
        {
          setting: 'witness',
          words: 'add a witness, a third machine that votes',
          apply: (changed) => ({ ...changed, witness: third }),
        },
      ],
    },
  ];
}

/** As site/checks/times.ts wants it: a workload has longer to stop than its probe to answer. */
function isSound({ workloads }: Site): boolean {
  return workloads.every(({ probe, stopTimeoutMs }) => probe === undefined || stopTimeoutMs > probe.timeoutMs);
}

function edited(site: Site, edits: readonly Edit[]): Site {
  return edits.reduce((changed, { apply }) => apply(changed), site);
}

/** Infinity where a fault has no end of its own, and the file does not accept that. */
function worstSeconds(site: Site): number {
  if (endlessFaults(site).length > 0) return Number.POSITIVE_INFINITY;
  return promisedFaults(budget(site))[0]?.[1].seconds ?? 0;
}

function costOf(knobs: readonly Knob[]): number {
  return knobs.reduce((sum, { cost }) => sum + cost, 0);
}

/** Leaves out each edit without which the others are still enough. */
function withoutIdle(edits: readonly Edit[], isEnough: (edits: readonly Edit[]) => boolean): readonly Edit[] {
  return edits.reduceRight<readonly Edit[]>((kept, edit) => {
    const others = kept.filter((each) => each !== edit);
    return isEnough(others) ? others : kept;
  }, edits);
}
