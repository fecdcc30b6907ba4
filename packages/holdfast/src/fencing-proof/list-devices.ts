import { type NodeDevice, nodeDevices, selfFencedMs, watchdogOf } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { ListedDevice } from './types.ts';

/** Every fencing device of a site, by node and level. Pure. */
export function listDevices(site: Site): readonly ListedDevice[] {
  return nodeDevices(site).map((each) => ({
    device: each.id,
    node: each.node,
    level: each.level,
    ...described(site, each),
  }));
}

function described(site: Site, { node, device }: NodeDevice): Omit<ListedDevice, 'device' | 'node' | 'level'> {
  if (device === 'watchdog') {
    const own = site.nodes.find(({ name }) => name === node);
    const at = own === undefined ? undefined : watchdogOf(site, own)?.device;
    return {
      kind: 'watchdog',
      at: `${at ?? 'a watchdog'} of ${node} itself`,
      timeoutSeconds: (selfFencedMs(site) ?? 0) / 1000,
      confirmsPowerLoss: true,
    };
  }
  const { ip, ipport, plug } = device.parameters;
  return {
    kind: device.agent,
    at: [ip === undefined ? 'its own parameters' : `${ip}${ipport === undefined ? '' : ` port ${ipport}`}`, plug]
      .filter((part) => part !== undefined)
      .join(', outlet '),
    timeoutSeconds: device.timeoutMs / 1000,
    confirmsPowerLoss: device.confirmsPowerLoss,
  };
}
