import { cpus } from 'node:os';
import { type BudgetedFault, budget } from '../budget/index.ts';
import { type Clock, HoldfastError } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { labLayout, openLab, readMachineKind } from '../lab/index.ts';
import { assess, orderMove, snapshot } from '../observe/index.ts';
import { workloadId } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { readCluster } from './cluster-watch.ts';
import type { DrillEnvironment, Healing } from './environment.ts';
import type { FaultName } from './fault-names/index.ts';
import { faults, type MachineKind } from './faults/index.ts';
import { clientLimitsFor } from './options.ts';
import { powerByFencing } from './power-by-fencing.ts';
import { powerOfLab } from './power-of-lab.ts';
import { ledgerProbe } from './probe/ledger-probe.ts';
import type { DrillReport } from './types.ts';

/**
 * The real world of a drill: the site's machines over SSH, their power, and a client where the site file says.
 * Throws HF-DRILL-NO-TARGET when the site file does not say what the client writes to.
 */
export function openDrillEnvironment(site: Site, hosts: Hosts, clock: Clock): DrillEnvironment {
  const { target, clientNamespace } = site.drill;
  if (target === undefined) throw noTarget(site);
  const healing = openHealing(site, hosts, clock);
  const resources = ['state', 'address', ...site.workloads.map(workloadId)];
  const budgets = budget(site);
  const budgetOf = (fault: FaultName) => {
    const likeness = budgetedLike[fault];
    return likeness === undefined ? undefined : budgets[likeness];
  };
  const machines = machinesOf(site);
  return {
    ...healing,
    probe: ledgerProbe({
      endpoint: { host: site.address.ip, port: target.port, ...clientLimitsFor(site) },
      ...(clientNamespace !== undefined && { namespace: clientNamespace }),
    }),
    machines,
    readCluster: (signal) => readCluster(site, healing.members, resources, signal),
    async explain(signal) {
      const { findings } = assess(await snapshot(site, hosts, clock, signal), site, '<site>');
      return findings.filter(({ severity }) => severity === 'danger');
    },
    budgetSeconds(fault) {
      const seconds = budgetOf(fault)?.seconds;
      return seconds !== undefined && Number.isFinite(seconds) ? seconds + (faults[fault].addsSeconds ?? 0) : null;
    },
    budgetCountsFromLastBoot(fault) {
      return budgetOf(fault)?.countsFrom !== undefined;
    },
    description: describe(site, machines),
  };
}

/** The calculation that holds for a fault; undefined: how long it takes lies with the drill itself. */
const budgetedLike: Readonly<Record<FaultName, BudgetedFault | undefined>> = {
  'process-crash': 'process-crash',
  'process-hang': 'process-hang',
  'crash-loop': 'crash-loop',
  'slow-start': 'process-crash',
  'planned-move': 'planned-move',
  'state-disk-full': undefined,
  // The cluster gives the order to move, not an operator.
  'disk-errors': 'planned-move',
  'clock-jump': undefined,
  'one-link-cut': 'one-link-cut',
  'users-link-cut': 'users-link-cut',
  'slow-network': undefined,
  'lossy-network': 'network-cut',
  'witness-loss': 'witness-loss',
  'passive-power-cut': 'passive-power-cut',
  'root-read-only': undefined,
  reboot: 'reboot',
  'power-cut': 'power-cut',
  'kernel-panic': 'kernel-panic',
  'corosync-kill': 'corosync-kill',
  'pacemaker-kill': 'pacemaker-kill',
  'network-cut': 'network-cut',
  'asymmetric-cut': 'network-cut',
  'flapping-network': undefined,
  'witness-loss-then-power-cut': 'witness-loss-then-power-cut',
  'fencing-dead-then-power-cut': 'fencing-dead-then-power-cut',
  blackout: 'blackout',
  'blackout-one-returns': undefined,
};

/** What `healSite` needs of the real world: no service that anybody writes to. */
export function openHealing(site: Site, hosts: Hosts, clock: Clock): Healing {
  return {
    clock,
    members: hosts.all.filter(({ name }) => !(site.witness?.kind === 'qnetd' && site.witness.name === name)),
    // The lab names its site after itself.
    power: site.drill.lab ? powerOfLab(openLab(site.name, clock), clock) : powerByFencing(site, hosts, clock),
    async moveAwayFrom(from, signal) {
      const to = site.nodes.find(({ name }) => name !== from)?.name ?? from;
      const { orderedAtMs, sentAtMs } = await orderMove(site, hosts.get(to), { from, to }, clock, signal);
      // Containers have our clock; else when the order left us, which is a little earlier.
      return { atMs: machinesOf(site) === 'containers' ? orderedAtMs : sentAtMs };
    },
  };
}

/** A lab's record says what its machines are. */
function machinesOf(site: Site): MachineKind {
  if (!site.drill.lab) return 'real';
  return readMachineKind(labLayout(site.name)) === 'vm' ? 'virtual-machines' : 'containers';
}

function describe(site: Site, machines: MachineKind): DrillReport['environment'] {
  const where = site.drill.lab ? 'nodes, witness, fencing devices and clients share this computer' : undefined;
  const network = site.drill.clientNamespace === undefined ? 'on this computer' : `in ${site.drill.clientNamespace}`;
  return {
    machines,
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
