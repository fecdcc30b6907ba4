import type { FencingDevice, Site, SiteNode } from '../site/index.ts';

export const bmc = {
  type: 'redfish',
  address: '10.0.9.1',
  port: 443,
  username: 'u',
  password: 'p',
  power: 'own',
  timeoutMs: 20_000,
  systemUri: '/s',
  tls: { mode: 'verified' },
} as const satisfies FencingDevice;

export const watchdog = {
  type: 'watchdog',
  device: '/dev/watchdog',
  timeoutMs: 5_000,
} as const satisfies FencingDevice;

/** A site with a witness and one workload, on values that a test can follow in its head. */
export const site: Site = {
  version: 1,
  name: 'plant-7',
  objectives: { rtoMs: 15_000, rpoMs: 0 },
  pattern: 'active-passive',
  nodes: [fenced('alpha'), fenced('bravo')],
  witness: { kind: 'member', name: 'charlie', ssh: 'charlie', sudo: false, links: ['10.0.0.13', '10.1.0.13'] },
  address: { ip: '10.0.0.100', prefixLength: 24 },
  reach: [],
  state: { type: 'shared-block', device: '/dev/sdb', filesystem: 'ext4', mountPoint: '/srv/state', options: [] },
  workloads: [
    {
      name: 'ledger',
      unit: 'ledger.service',
      startTimeoutMs: 30_000,
      stopTimeoutMs: 5_000,
      probe: { kind: 'tcp', host: '127.0.0.1', port: 1, intervalMs: 2_000, timeoutMs: 1_500 },
    },
  ],
  timing: {
    profile: 'lan',
    tokenMs: 1_000,
    consensusMs: 1_200,
    migrationThreshold: 3,
    failureTimeoutMs: 600_000,
    slowness: 1,
  },
  acceptedRisks: [{ risk: 'clients-link-unwatched', because: 'the tests of `reach` have it' }],
  ssh: {},
  drill: { lab: false },
};

const { witness: _, ...others } = site;
export const withoutWitness: Site = others;

/** A node whose levels have one device each. */
export function fenced(name: string, ...levels: readonly FencingDevice[]): SiteNode {
  const [first = bmc, ...rest] = levels;
  return {
    name,
    ssh: name,
    sudo: false,
    links: name === 'alpha' ? ['10.0.0.11', '10.1.0.11'] : ['10.0.0.12', '10.1.0.12'],
    fencing: { levels: [[first], ...rest.map((device) => [device] as const)], after: 'restart' },
  };
}
