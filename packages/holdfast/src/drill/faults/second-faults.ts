import { fenceDevice, fenceScript } from '../../fencing/index.ts';
import { nodeDevices } from '../../patterns/index.ts';
import type { DeviceLevel, Site, SiteNode } from '../../site/index.ts';
import { whyNoLaterLevel } from '../evidence/index.ts';
import { backInTime, wayOutWithoutQuorum } from './expectations.ts';
import type { Fault, FaultContext } from './fault.ts';
import { armOnNode, healOnNode, lackingFilter, runOnNode } from './on-node.ts';
import { armPower, cutPower, restorePower, witnessHasNoPlug } from './power-loss.ts';

/** Faults of which the second comes while the first is not mended. */

export const witnessLossThenPowerCut: Fault = {
  name: 'witness-loss-then-power-cut',
  victim: 'active',
  describe: ({ witness = 'the witness', active }) => `cut the power of ${witness}, then that of ${active}`,
  expectation: () => ({
    service: 'refused',
    told: { of: 'passive', commands: wayOutWithoutQuorum },
    words: 'One of three is no majority: the last node cannot know whether it is alone or cut off, and serves nobody.',
  }),
  unsuited: witnessHasNoPlug,
  async armDeadMan(context) {
    await armPower(context, witnessOf(context));
    await armPower(context, context.victim.name);
  },
  async inject(context) {
    const witness = await cutPower(context, witnessOf(context));
    await context.untilIdle();
    const active = await cutPower(context, context.victim.name);
    return { atMs: active.atMs, powerOffAtMs: { ...witness.powerOffAtMs, ...active.powerOffAtMs } };
  },
  async heal(context) {
    await restorePower(context, context.victim.name);
    if (context.roles.witness !== undefined) await restorePower(context, context.roles.witness);
  },
};

export const fencingDeadThenPowerCut: Fault = {
  name: 'fencing-dead-then-power-cut',
  victim: 'active',
  describe: ({ active }) => `let the first fencing device of ${active} fall silent, then cut its power`,
  expectation: (site) =>
    hasSecondLevel(site)
      ? backInTime('The second level of fencing confirms what the first cannot.')()
      : {
          service: 'refused',
          told: { of: 'active', commands: { 'HF-STATUS-UNCLEAN': 'stonith_admin --confirm' } },
          words: 'Nobody can confirm that the node is off, and what is not off may still write: the other one waits.',
        },
  unsuited({ site, machines }) {
    if (site.nodes.some(({ fencing }) => fencing === undefined || endpointsOf(fencing.levels[0]).length === 0)) {
      return 'the first fencing device of a node has no address that could fall silent';
    }
    return machines === 'real' && !site.nodes.every(hasSecondSwitch)
      ? 'the power of a node is cut by its fencing, and what is silent switches nothing: there is no second device that could'
      : undefined;
  },
  lacking: lackingFilter,
  leftOpen(entries, victim, site) {
    if (!hasSecondLevel(site)) return [];
    const devices = nodeDevices(site).filter(({ node }) => node === victim);
    const why = whyNoLaterLevel(victim, devices, entries);
    return why === undefined ? [] : [why];
  },
  async armDeadMan(context) {
    // Its own power comes back through a device that must speak again before.
    for (const { host } of others(context)) await armOnNode(host, 'fencing', context.deadManMs, speakAgain);
    await armPower(context, context.victim.name);
  },
  async inject(context) {
    for (const { host } of others(context)) await runOnNode(host, silence(context), 'silence the fencing device');
    return cutPower(context, context.victim.name);
  },
  async heal(context) {
    for (const { host } of others(context)) await healOnNode(host, 'fencing', speakAgain);
    await restorePower(context, context.victim.name);
  },
};

function witnessOf({ roles, victim }: FaultContext): string {
  return roles.witness ?? victim.name;
}

function others({ members, victim }: FaultContext) {
  return members.filter(({ name }) => name !== victim.name);
}

function hasSecondLevel({ nodes }: Site): boolean {
  return nodes.every(({ fencing }) => (fencing?.levels.length ?? 0) > 1);
}

/** Whether a level behind the first can switch the node; a watchdog only resets it. */
function hasSecondSwitch({ fencing }: SiteNode): boolean {
  const [, second, ...more] = fencing?.levels ?? [];
  if (fencing === undefined || second === undefined) return false;
  return fenceScript({ ...fencing, levels: [second, ...more] }, 'off') !== undefined;
}

interface Endpoint {
  readonly address: string;
  readonly port?: string;
}

/** Where the devices of a level are asked, in the parameters that fence agents share. */
function endpointsOf(level: DeviceLevel): readonly Endpoint[] {
  return level.flatMap((device) => {
    if (device.type === 'watchdog') return [];
    const { ip, ipport } = fenceDevice(device).parameters;
    return ip === undefined ? [] : [{ address: ip, ...(ipport === undefined ? {} : { port: ipport }) }];
  });
}

/**
 * The device answers a machine no more, as on a dead management network. Our own SSH may come from the same address. Of UDP the answers
 * are dropped, because a sender would be told at once that his own packets are; agents ask before they switch, so that
 * nothing is switched.
 */
function silence({ site, victim }: FaultContext): string {
  const level = site.nodes.find(({ name }) => name === victim.name)?.fencing?.levels[0];
  const endpoints = (level === undefined ? [] : endpointsOf(level)).map(({ address, port }) => ({
    family: address.includes(':') ? 'ip6' : 'ip',
    address,
    port,
  }));
  const requests = endpoints.map(
    ({ family, address, port }) =>
      `${family} daddr ${address} ${port === undefined ? 'tcp sport != 22' : `tcp dport ${port}`} drop;`,
  );
  const answers = endpoints.map(
    ({ family, address, port = '1-65535' }) => `${family} saddr ${address} udp sport ${port} drop;`,
  );
  return `nft -f - <<'EOF'
table inet ${table} {
  chain out { type filter hook output priority -300; ${requests.join(' ')} }
  chain in { type filter hook input priority -300; ${answers.join(' ')} }
}
EOF`;
}

const table = 'holdfast_drill_fencing';
const speakAgain = `nft delete table inet ${table} 2>/dev/null || :`;
