import type { TimeTerm } from '../core/index.ts';
import type { Site, Workload } from '../site/index.ts';
import { decided } from './lost-member.ts';
import { givenUp, nextAttempt, takenOver, workloadsStarted, workloadsStopped } from './service-terms.ts';
import { workloadPath } from './site-paths.ts';
import { assumed, fromSite, onMachinesOf, sumOf, termsInWords } from './terms.ts';

/** The first workload ends by itself: those after it stop, then all start again. */
export function crashTerms({ workloads }: Site): TimeTerm[] {
  const [first, ...after] = workloads;
  return [...crashNoticed(), ...workloadsStopped(after), cleanUp(first), ...workloadsStarted(workloads), nextAttempt()];
}

/** The first workload ends again each time that it was started, until the cluster moves it. */
export function crashLoopTerms(site: Site): TimeTerm[] {
  const [first, ...after] = site.workloads;
  return [
    ...restartsInPlace(site),
    ...crashNoticed(),
    ...workloadsStopped(after),
    cleanUp(first),
    ...givenUp(site.state, []),
    ...takenOver(site, 'unmount'),
  ];
}

function restartsInPlace(site: Site): TimeTerm[] {
  const { migrationThreshold } = site.timing;
  const restarts = migrationThreshold - 1;
  if (restarts === 0) return [];
  const one = onMachinesOf(site, crashTerms(site).slice(0, -1));
  return [
    {
      name: restarts === 1 ? 'a restart in place' : `${restarts} restarts in place`,
      seconds: Math.round(restarts * sumOf(one) * 1000) / 1000,
      because: `each takes ${termsInWords(one).join(' + ')}; the crash after them moves the workload`,
      origin: 'site-file',
      setting: 'timing.migration-threshold',
      value: String(migrationThreshold),
      source: 'Pacemaker Explained, "migration-threshold"; docs/architecture.md, "Crashes are pushed"',
    },
  ];
}

/** Of all workloads with a probe, the one that takes longest to be noticed, killed and started; undefined: none has one. */
export function hangTerms(site: Site): TimeTerm[] | undefined {
  const [longest] = site.workloads
    .flatMap((workload, index) =>
      hangOf(workload, site.workloads.slice(index + 1), workloadPath(site.workloads, workload.name)),
    )
    .toSorted((a, b) => sumOf(b) - sumOf(a));
  return longest;
}

function hangOf(workload: Workload, after: readonly Workload[], key: string): TimeTerm[][] {
  const { name, probe, stopTimeoutMs } = workload;
  if (probe === undefined) return [];
  return [
    [
      fromSite(
        'probe interval',
        probe.intervalMs,
        `${key}.probe.every`,
        `${name} hangs just after it was asked`,
        'Pacemaker Explained, "interval" of a monitor',
      ),
      fromSite(
        'probe timeout',
        probe.timeoutMs,
        `${key}.probe.timeout`,
        `${name} is given this long to answer`,
        'packages/holdfast/agents/workload, probe_timeout_ms',
      ),
      ...decided(),
      ...workloadsStopped(after),
      fromSite(
        `stop of ${name}`,
        stopTimeoutMs,
        `${key}.stop`,
        'a workload that hangs does not stop: it is killed after this',
        'packages/holdfast/agents/workload, stop',
      ),
      ...workloadsStarted([workload, ...after]),
      nextAttempt(),
    ],
  ];
}

function crashNoticed(): TimeTerm[] {
  return [assumed('crashNotice', 'notice of the crash'), ...decided()];
}

function cleanUp({ name }: Workload): TimeTerm {
  return assumed('agentCall', `clean-up of ${name}`);
}
