import type { AgentDevice, IpmiDevice, NodeFencing, Site } from '../../site/index.ts';
import { memberWitnessSite, node, oneDevice, qnetdSite, redfish } from './sites.fixture.ts';

/** A BMC, then both outlets of a double power supply, or the watchdog: what is tried when the one before fails. */
export const levelsSite: Site = {
  ...memberWitnessSite,
  name: 'paint-shop',
  nodes: [
    node('alpha', 11, {
      levels: [[ipmi('alpha')], [outlet('10.77.9.51', '3'), outlet('10.77.9.52', '3')]],
      after: 'restart',
    }),
    node('bravo', 12, {
      levels: [
        [redfish('bravo', { power: 'shared', timeoutMs: 20_000 })],
        [{ type: 'watchdog', device: '/dev/watchdog', timeoutMs: 5_000 }],
      ],
      after: 'restart',
    }),
  ],
};

/** Nothing outside the machines can switch them: each resets itself, and qnetd decides which. */
export const watchdogSite: Site = {
  ...qnetdSite,
  name: 'weir',
  nodes: [node('alpha', 11, softdog()), node('bravo', 12, softdog())],
  timing: memberWitnessSite.timing,
};

export const fencingSites = { levelsSite, watchdogSite } as const;

export function ipmi(node: string, changes: Partial<IpmiDevice> = {}): IpmiDevice {
  return {
    type: 'ipmi',
    address: `${node}-bmc.plant.example`,
    port: 623,
    username: 'holdfast',
    password: `bmc-${node}`,
    power: 'shared',
    timeoutMs: 20_000,
    cipher: '17',
    privilege: 'operator',
    ...changes,
  };
}

export function outlet(ip: string, plug: string): AgentDevice {
  return {
    type: 'agent',
    agent: 'fence_apc_snmp',
    parameters: {
      ip,
      plug,
      snmp_version: '3',
      username: 'holdfast',
      snmp_sec_level: 'authPriv',
      snmp_auth_prot: 'SHA',
    },
    secrets: { password: 'pdu-auth', snmp_priv_passwd: 'pdu-priv' },
    timeoutMs: 60_000,
  };
}

function softdog(): NodeFencing {
  return oneDevice({ type: 'watchdog', device: '/dev/watchdog', timeoutMs: 5_000, module: 'softdog' });
}
