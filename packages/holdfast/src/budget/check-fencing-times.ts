import { formatDuration, type Problem } from '../core/index.ts';
import { fenceDevice, type SwitchingDevice } from '../fencing/index.ts';
import { fencingWorks } from '../patterns/index.ts';
import type { FencingDevice, Site } from '../site/index.ts';
import { devicePath } from './site-paths.ts';

/** Devices whose `timeout` ends a call that works: the budget would count seconds that nobody is given. */
export function checkFencingTimes(site: Site): Problem[] {
  if (!fencingWorks(site)) return [];
  const { slowness } = site.timing;
  return site.nodes.flatMap(({ name, fencing }) =>
    (fencing?.levels ?? []).flatMap((devices, level) =>
      devices.flatMap((device, place): Problem[] => {
        if (!isAsked(device) || device.timeoutMs >= leastTimeoutMs(device, site)) return [];
        const { agent, allowanceMs } = fenceDevice(device);
        const slow = slowness === 1 ? '' : `, ${slowness} times slower by timing.slowness`;
        const path = `${devicePath(site.nodes, name, level, place)}.timeout`;
        return [
          {
            code: 'HF-BUDGET-FENCING-TIMEOUT',
            message:
              `${path}: ${agent} has ${formatDuration(device.timeoutMs)} to switch ${name} off, and a call that works may ` +
              `take ${(allowanceMs * slowness) / 1000} s (${allowanceMs / 1000} s${slow}): it would be killed while it works.`,
            remedy: `Set ${path} to at least ${formatDuration(leastTimeoutMs(device, site))}.`,
            source: 'user',
          },
        ];
      }),
    ),
  );
}

/** What a call that works may take, in whole seconds. */
export function leastTimeoutMs(device: SwitchingDevice, { timing }: Pick<Site, 'timing'>): number {
  return Math.ceil((fenceDevice(device).allowanceMs * timing.slowness) / 1000) * 1000;
}

/** The timeout of a watchdog is another thing: how long it waits before it bites. */
export function isAsked(device: FencingDevice): device is SwitchingDevice {
  return device.type !== 'watchdog';
}
