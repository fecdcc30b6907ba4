import { formatDuration, parseDuration } from '../core/index.ts';
import type { SwitchingDevice } from '../fencing/index.ts';
import {
  type DeviceLevel,
  defaults,
  type FencingDevice,
  type NodeFencing,
  type Site,
  type SiteNode,
  type WatchdogDevice,
} from '../site/index.ts';
import { isAsked, leastTimeoutMs } from './check-fencing-times.ts';
import { type Edit, type Knob, setTo } from './knob.ts';
import { devicePath, fencingPath } from './site-paths.ts';

/** Counts where a level of a node cannot answer and the next one has to wait for it; never less than a call that works may take. */
export function fencingTimeouts(site: Site): Knob[] {
  return [30_000, 20_000, 10_000].flatMap((ms, step) => {
    const edits = site.nodes.flatMap(({ name, fencing }) =>
      (fencing?.levels ?? []).flatMap((devices, level) =>
        devices.flatMap((device, place): Edit[] => {
          if (!isAsked(device)) return [];
          const thenMs = Math.max(ms, leastTimeoutMs(device, site));
          if (device.timeoutMs <= thenMs) return [];
          const path = `${devicePath(site.nodes, name, level, place)}.timeout`;
          return [
            {
              ...setTo(path, formatDuration(thenMs), formatDuration(device.timeoutMs)),
              apply: (changed) =>
                withDevices(changed, name, (each, at) =>
                  at.level === level && at.place === place ? { ...each, timeoutMs: thenMs } : each,
                ),
            },
          ];
        }),
      ),
    );
    return edits.length === 0 ? [] : [{ group: 'fencing timeout', cost: 4.5 + step / 10, edits }];
  });
}

/** One value for all of them: each node believes of the others what stands in its own configuration. */
export function watchdogTimeouts(site: Site): Knob[] {
  const paths = site.nodes.flatMap(({ name, fencing }) =>
    (fencing?.levels ?? []).flatMap(([device], level) =>
      isAsked(device) ? [] : [`${devicePath(site.nodes, name, level, 0)}.timeout`],
    ),
  );
  const nowMs = watchdogTimeoutMs(site);
  if (nowMs === undefined) return [];
  return [5_000, leastWatchdogMs]
    .filter((ms) => ms < nowMs)
    .map((ms, step) => ({
      group: 'watchdog timeout',
      cost: 4.8 + step / 10,
      edits: [
        {
          ...setTo(paths.join(' and '), formatDuration(ms), formatDuration(nowMs)),
          apply: (changed) =>
            changed.nodes.reduce(
              (seen, { name }) =>
                withDevices(seen, name, (each) => (isAsked(each) ? each : { ...each, timeoutMs: ms })),
              changed,
            ),
        },
      ],
    }));
}

/** The least that a site file takes (site/checks/watchdogs.ts): SBD feeds once a second, and a busy machine misses one. */
const leastWatchdogMs = 3_000;

function watchdogTimeoutMs({ nodes }: Site): number | undefined {
  return nodes.flatMap(({ fencing }) => fencing?.levels.flat() ?? []).find((device) => !isAsked(device))?.timeoutMs;
}

/** Two nodes without a witness could not tell which of them a watchdog shall reset. */
export function watchdogs(site: Site): Knob[] {
  const edits = site.witness === undefined ? [] : watchdogLevels(site);
  return edits.length === 0 ? [] : [{ group: 'watchdog', cost: 10, edits }];
}

/** The last level, which needs nobody's answer. */
function watchdogLevels(site: Site): Edit[] {
  return site.nodes.flatMap(({ name, fencing }): Edit[] => {
    if (fencing === undefined || fencing.levels.flat().some((device) => !isAsked(device))) return [];
    const timeoutMs = watchdogTimeoutMs(site) ?? parseDuration(defaults.watchdogTimeout);
    const last: WatchdogDevice = { type: 'watchdog', device: defaults.watchdogDevice, timeoutMs };
    const isDefault = formatDuration(timeoutMs) === defaults.watchdogTimeout;
    const entry = `{ type: watchdog${isDefault ? '' : `, timeout: ${formatDuration(timeoutMs)}`} }`;
    const earlierMs = earlierTimeoutMs(fencing, site);
    const before = earlierMs === undefined ? '' : ` (with \`timeout: ${formatDuration(earlierMs)}\` before it)`;
    return [
      {
        setting: fencingPath(site.nodes, name),
        words: `add \`${entry}\` as the last level of ${fencingPath(site.nodes, name)}${before}`,
        apply: (changed) => {
          const shorter = withDevices(changed, name, (device) =>
            waitsAsLast(device) && earlierMs !== undefined ? { ...device, timeoutMs: earlierMs } : device,
          );
          return withFencing(shorter, name, ({ levels: [first, ...others], ...rest }) => ({
            ...rest,
            levels: [first, ...others, [last]],
          }));
        },
      },
    ];
  });
}

/** What was the last level without a time of its own is an earlier one then, and is given less (site/defaults.ts). */
function earlierTimeoutMs({ levels }: NodeFencing, site: Site): number | undefined {
  const waiting = levels.flat().filter(waitsAsLast);
  if (waiting.length === 0) return undefined;
  return Math.max(parseDuration(defaults.earlierLevelTimeout), ...waiting.map((each) => leastTimeoutMs(each, site)));
}

function waitsAsLast(device: FencingDevice): device is SwitchingDevice {
  return isAsked(device) && device.timeoutMs === parseDuration(defaults.lastLevelTimeout);
}

/** With a witness no fencing has to wait, and a watchdog is possible. */
export function witness(site: Site): Knob[] {
  if (site.witness !== undefined) return [];
  const third = { kind: 'member', name: 'witness', ssh: 'witness', sudo: false, links: site.nodes[0].links } as const;
  const added: Edit = {
    setting: 'witness',
    words: 'add a witness, a third machine that votes',
    apply: (changed) => ({ ...changed, witness: third }),
  };
  const levels = watchdogLevels(site);
  return [
    { group: 'witness', cost: 20, edits: [added] },
    ...(levels.length === 0 ? [] : [{ group: 'witness', cost: 30, edits: [added, ...levels] }]),
  ];
}

function withDevices(
  site: Site,
  name: string,
  change: (device: FencingDevice, at: { readonly level: number; readonly place: number }) => FencingDevice,
): Site {
  return withFencing(site, name, ({ levels: [first, ...others], ...rest }) => {
    const ofLevel = ([device, ...more]: DeviceLevel, level: number): DeviceLevel => [
      change(device, { level, place: 0 }),
      ...more.map((each, index) => change(each, { level, place: index + 1 })),
    ];
    return { ...rest, levels: [ofLevel(first, 0), ...others.map((each, index) => ofLevel(each, index + 1))] };
  });
}

function withFencing(site: Site, name: string, change: (fencing: NodeFencing) => NodeFencing): Site {
  const [first, second] = site.nodes;
  const set = (node: SiteNode): SiteNode =>
    node.name === name && node.fencing !== undefined ? { ...node, fencing: change(node.fencing) } : node;
  return { ...site, nodes: [set(first), set(second)] };
}
