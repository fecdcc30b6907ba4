import { formatDuration } from '../core/index.ts';
import type { HostSpec } from '../patterns/index.ts';
import { type Facts, factsOf, type HostFacts, type UnitFact } from './facts.ts';
import type { PlanInput } from './plan-input.ts';
import type { Step } from './step.ts';

/**
 * Its unit refuses to be started or stopped by itself (`RefuseManualStart`, `RefuseManualStop`): it is required by Corosync and a
 * part of it, so it begins and ends when Corosync does (src/sbd.service.in of sbd).
 */
export const sbdUnit = 'sbd.service';

export interface SbdPlan {
  /** Where SBD shall run, and the cluster runs without it. */
  readonly begins: readonly string[];
  /** Where SBD runs, or starts with the cluster that counts on it, and shall not any more. */
  readonly ends: readonly string[];
  /** Steps that make it stay away; the restart with which it ends is one of the cluster. */
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** What has to become of SBD, which feeds the watchdog, on the members of the cluster. */
export function planSbd({ blueprint, facts }: Pick<PlanInput, 'blueprint' | 'facts'>): SbdPlan {
  const running = blueprint.hosts.filter(({ name }) => isActive(factsOf(facts, name), sbdUnit));
  const ends = blueprint.hosts
    .filter((spec) => !wantsSbd(spec) && sbdIsNeeded(factsOf(facts, spec.name)))
    .map(({ name }) => name);
  const begins = blueprint.hosts
    .filter((spec) => wantsSbd(spec) && !running.includes(spec) && isActive(factsOf(facts, spec.name), pacemakerUnit))
    .map(({ name }) => name);
  return { begins, ends, steps: ends.flatMap((host) => disableSbd(host, facts)), notes: ends.map(whyRestart) };
}

/**
 * Whether SBD may not be kept from starting yet: it runs, or Pacemaker would start without it and with a configuration that counts on
 * it, and end itself.
 */
export function sbdIsNeeded(host: HostFacts): boolean {
  const { cluster, units } = host;
  const counts = cluster.kind === 'stopped' && watchdogSeconds(cluster.cibXml) > 0;
  return isActive(host, sbdUnit) || (counts && isEnabled(units[sbdUnit]));
}

/** How long the cluster of this configuration waits for watchdogs; 0: it counts on none. */
export function watchdogSeconds(cibXml: string): number {
  return Number.parseInt(/\sname="stonith-watchdog-timeout"\s+value="([^"]*)"/.exec(cibXml)?.[1] ?? '0', 10);
}

const pacemakerUnit = 'pacemaker.service';

export function wantsSbd({ units }: HostSpec): boolean {
  return units.some(({ unit, enabled }) => unit === sbdUnit && enabled);
}

function isActive({ units }: HostFacts, unit: string): boolean {
  return ['active', 'activating'].includes(units[unit]?.active ?? '');
}

/** Nothing where it would not start anyway. */
export function disableSbd(host: string, facts: Facts): readonly Step[] {
  return isEnabled(factsOf(facts, host).units[sbdUnit]) ? [{ kind: 'disable-sbd', host }] : [];
}

function isEnabled(unit: UnitFact | undefined): boolean {
  return ['enabled', 'enabled-runtime'].includes(unit?.enabled ?? '');
}

function whyRestart(host: string): string {
  return `${sbdUnit} on ${host} cannot be stopped by itself: it ends with Corosync. So once the cluster no longer counts on the watchdog, Corosync and Pacemaker are restarted; the workloads run on, and nobody watches them for those seconds.`;
}

/** SBD sleeps before it says that it has started (src/sbd-inquisitor.c of sbd), and Pacemaker starts after it. */
export function notesOnSbdDelay(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => {
    if ((step.kind !== 'start-cluster' && step.kind !== 'restart-cluster') || step.sbdDelayMs === undefined) return [];
    const delay = `SBD waits ${formatDuration(step.sbdDelayMs)} (SBD_DELAY_START) before Pacemaker starts`;
    return step.kind === 'restart-cluster' && !step.isEmpty
      ? [
          `The restart of the cluster takes its time: ${delay}. The workloads run on, and nobody watches them meanwhile.`,
        ]
      : [`The start of the cluster takes its time: ${delay}.`];
  });
}
