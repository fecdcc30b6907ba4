import { formatDuration } from '../core/index.ts';
import type { Site, Workload } from '../site/index.ts';
import { fencingTimeouts, watchdogs, watchdogTimeouts, witness } from './fencing-knobs.ts';
import { type Edit, type Knob, setTo } from './knob.ts';
import { workloadPath } from './site-paths.ts';

/** Every knob that can still be turned, each group with its strongest value last. The costs are an order, no more. */
export function knobsOf(site: Site): Knob[] {
  return [
    ...onWorkloads(site, 'probe.every', 1, [5_000, 2_000, 1_000], probeInterval),
    ...onWorkloads(site, 'probe.timeout', 2, [5_000, 2_000, 1_000], probeTimeout),
    ...onWorkloads(site, 'stop', 3, [30_000, 20_000, 10_000, 5_000, 3_000, 2_000], stopTimeout),
    ...thresholds(site),
    ...fencingTimeouts(site),
    ...watchdogTimeouts(site),
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
          ...setTo(`${workloadPath(site.workloads, workload.name)}.${key}`, formatDuration(ms), formatDuration(nowMs)),
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
