import {
  fenceHeadStartMs,
  fencingWorks,
  priorityFencingDelayMs,
  qdeviceTimeoutMs,
  shootsWithoutWitness,
} from '../patterns/index.ts';
import type { Site, Workload } from '../site/index.ts';
import { allowancesMs } from './allowances.ts';

/** The faults whose outage is added up; the same that can be drilled. */
export type BudgetedFault = 'process-crash' | 'process-hang' | 'planned-move' | 'power-cut' | 'network-cut';

export type Budget = Readonly<Record<BudgetedFault, FaultBudget>>;

export interface FaultBudget {
  /** The sum of the terms: the longest outage of this fault. Infinity: the fault is not noticed at all. */
  readonly seconds: number;
  /** In the order in which they pass. */
  readonly terms: readonly BudgetTerm[];
}

export interface BudgetTerm {
  readonly name: string;
  readonly seconds: number;
  /** Where the figure comes from, in words. */
  readonly because: string;
  /** The key of the site file that changes it; absent: an allowance, or a value that Holdfast sets. */
  readonly setting?: string;
}

/**
 * The longest outage of each single fault of a site that is otherwise well: values that Holdfast writes into the engines'
 * configuration, and an allowance for each action in between. Faults that come together, or an action that fails and is tried
 * again, take longer.
 */
export function budget(site: Site): Budget {
  const lost = memberLost(site);
  return {
    'process-crash': sum([
      allowed('notice of the crash', 'crashNotice'),
      allowed('decision', 'decision'),
      ...recovered(site),
    ]),
    'process-hang': processHang(site),
    'planned-move': sum([
      allowed('decision', 'decision'),
      ...site.workloads.toReversed().map((workload) => allowed(`stop of ${workload.name}`, 'workloadStop')),
      allowed('address taken away', 'addressDown'),
      allowed('unmount', 'unmount'),
      ...takenOver(site),
    ]),
    'power-cut': sum([...lost, ...takenOver(site)]),
    // The cut-off node is out of the way when it is fenced, as after a power cut; that it also stops by itself is not waited for.
    'network-cut': sum([...lost, ...takenOver(site)]),
  };
}

/** The terms as they are added up for people: `token 1`. */
export function termsInWords(terms: readonly BudgetTerm[]): readonly string[] {
  return terms.map(({ name, seconds }) => `${name} ${seconds}`);
}

/** From the instant until the lost node is known to be dead. */
function memberLost(site: Site): BudgetTerm[] {
  const { tokenMs, consensusMs } = site.timing;
  return [
    term('token', tokenMs, 'Corosync misses the node', 'timing.token'),
    term('consensus', consensusMs, 'the others agree without it', 'timing.consensus'),
    ...quorumDevice(site),
    term(
      'pause of the controller',
      allowancesMs.controllerPause,
      'Pacemaker may wait a second after a change of membership',
    ),
    allowed('decision', 'decision'),
    ...fencing(site),
  ];
}

/** qnetd takes a node for lost when it was silent for 1.5 heartbeats of 0.8 timeouts (qdevices/qnetd-client-dpd-timer.c). */
function quorumDevice(site: Site): BudgetTerm[] {
  if (site.witness?.kind !== 'qnetd') return [];
  const { tokenMs, consensusMs } = site.timing;
  const silenceMs = 1.5 * 0.8 * qdeviceTimeoutMs(tokenMs);
  return [
    term(
      'quorum device',
      Math.max(0, silenceMs - tokenMs - consensusMs),
      'qnetd too misses the node, counted from the token',
    ),
    allowed('vote of the quorum device', 'qnetdVote'),
  ];
}

function fencing(site: Site): BudgetTerm[] {
  if (!fencingWorks(site)) return [];
  const delayMs = shootsWithoutWitness(site) ? fenceHeadStartMs + priorityFencingDelayMs : 0;
  return [
    ...(delayMs > 0 ? [term('fencing delay', delayMs, 'without a witness the serving node may shoot first')] : []),
    allowed('fencing: off', 'fenceOff'),
  ];
}

/** State, address and workloads start, and a client is answered. */
function takenOver(site: Site): BudgetTerm[] {
  return [allowed('mount', 'mount'), allowed('address', 'addressUp'), ...workloadsStarted(site.workloads), retry()];
}

/** The first workload ended: it starts again, and those after it stop and start with it. */
function recovered(site: Site): BudgetTerm[] {
  const after = site.workloads.slice(1).toReversed();
  return [
    ...after.map((workload) => allowed(`stop of ${workload.name}`, 'workloadStop')),
    ...workloadsStarted(site.workloads),
    retry(),
  ];
}

/** Of all workloads with a probe, the one that takes longest. */
function processHang(site: Site): FaultBudget {
  const [longest] = site.workloads
    .flatMap(({ name, probe, stopTimeoutMs }, index): FaultBudget[] => {
      if (probe === undefined) return [];
      const key = `workloads.${name}`;
      const after = site.workloads.slice(index + 1).toReversed();
      return [
        sum([
          term('probe interval', probe.intervalMs, `${name} hangs just after it was asked`, `${key}.probe.every`),
          term('probe timeout', probe.timeoutMs, `${name} is given this long to answer`, `${key}.probe.timeout`),
          allowed('decision', 'decision'),
          ...after.map((workload) => allowed(`stop of ${workload.name}`, 'workloadStop')),
          term(
            `stop of ${name}`,
            stopTimeoutMs,
            'a workload that hangs does not stop: it is killed after this',
            `${key}.stop`,
          ),
          ...workloadsStarted(site.workloads.slice(index)),
          retry(),
        ]),
      ];
    })
    .toSorted((a, b) => b.seconds - a.seconds);
  const never: BudgetTerm = {
    name: 'detection',
    seconds: Number.POSITIVE_INFINITY,
    because: 'no workload has a probe',
  };
  return longest ?? { seconds: never.seconds, terms: [never] };
}

function workloadsStarted(workloads: readonly Workload[]): BudgetTerm[] {
  return workloads.map((workload) => allowed(`start of ${workload.name}`, 'workloadStart'));
}

function retry(): BudgetTerm {
  return allowed('next attempt of the client', 'clientRetry');
}

function allowed(name: string, allowance: keyof typeof allowancesMs): BudgetTerm {
  return term(name, allowancesMs[allowance], 'allowance');
}

function term(name: string, ms: number, because: string, setting?: string): BudgetTerm {
  return { name, seconds: ms / 1000, because, ...(setting === undefined ? {} : { setting }) };
}

/** Added in milliseconds: tenths of seconds do not add up exactly. */
function sum(terms: readonly BudgetTerm[]): FaultBudget {
  const ms = terms.reduce((total, { seconds }) => total + Math.round(seconds * 1000), 0);
  return { seconds: ms / 1000, terms };
}
