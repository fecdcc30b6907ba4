import { cpus } from 'node:os';
import { budget } from '../budget/index.ts';
import { type Clock, HoldfastError } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { openLab } from '../lab/index.ts';
import { orderMove } from '../observe/index.ts';
import { workloadId } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { readCluster } from './cluster-watch.ts';
import type { DrillEnvironment, Healing } from './environment.ts';
import { powerByFencing } from './power-by-fencing.ts';
import { powerOfLab } from './power-of-lab.ts';
import { ledgerProbe } from './probe/ledger-probe.ts';
import type { DrillReport } from './types.ts';

/** A SYN to a machine that is gone must not hold up a client longer than that. */
const connectTimeoutMs = 250;
const answerTimeoutMs = 1000;

/**
 * The real world of a drill: the site's machines over SSH, their power, and a client where the site file says.
 * Throws HF-DRILL-NO-TARGET when the site file does not say what the client writes to.
 */
export function openDrillEnvironment(site: Site, hosts: Hosts, clock: Clock): DrillEnvironment {
  const { target, clientNamespace, lab: isLab } = site.drill;
  if (target === undefined) throw noTarget(site);
  const healing = openHealing(site, hosts, clock);
  const resources = ['state', 'address', ...site.workloads.map(workloadId)];
  const budgets = budget(site);
  return {
    ...healing,
    probe: ledgerProbe({
      endpoint: { host: site.address.ip, port: target.port, connectTimeoutMs, answerTimeoutMs },
      ...(clientNamespace !== undefined && { namespace: clientNamespace }),
    }),
    sharesClock: isLab,
    readCluster: (signal) => readCluster(site, healing.members, resources, signal),
    async moveAwayFrom(from, signal) {
      const to = site.nodes.find(({ name }) => name !== from)?.name ?? from;
      const { orderedAtMs, sentAtMs } = await orderMove(site, hosts.get(to), { from, to }, clock, signal);
      // The target's clock is ours only in the lab; else when the order left us, which is a little earlier.
      return { atMs: isLab ? orderedAtMs : sentAtMs };
    },
    budgetSeconds: (fault) => budgets[fault].seconds,
    description: describe(site),
  };
}

/** What `healSite` needs of the real world: no service that anybody writes to. */
export function openHealing(site: Site, hosts: Hosts, clock: Clock): Healing {
  return {
    clock,
    members: hosts.all.filter(({ name }) => !(site.witness?.kind === 'qnetd' && site.witness.name === name)),
    // The lab names its site after itself.
    power: site.drill.lab ? powerOfLab(openLab(site.name, clock), clock) : powerByFencing(site, hosts, clock),
  };
}

function describe(site: Site): DrillReport['environment'] {
  const where = site.drill.lab ? 'nodes, witness, fencing devices and clients share this computer' : undefined;
  const network = site.drill.clientNamespace === undefined ? 'on this computer' : `in ${site.drill.clientNamespace}`;
  return {
    machines: site.drill.lab ? 'containers' : 'real',
    cpus: cpus().length,
    tokenMs: site.timing.tokenMs,
    notes: [...(where === undefined ? [] : [where]), `the client stands ${network}`],
  };
}

function noTarget(site: Site): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-NO-TARGET',
    message: `${site.name} names no service that a drill can write to.`,
    remedy:
      'Drills can write only to the example workload `ledger` (examples/ledger). Run it on the site, then add `drill: { target: { kind: ledger, port: 8080 } }`, with its port.',
    source: 'user',
  });
}
