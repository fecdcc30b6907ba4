import type { HostSpec } from '../patterns/index.ts';
import { type Facts, factsOf, type HostFacts } from './facts.ts';
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
  /** Where SBD runs and shall not any more. */
  readonly ends: readonly string[];
  /** Steps that make it stay away; the restart with which it ends is one of the cluster. */
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** What has to become of SBD, which feeds the watchdog, on the members of the cluster. */
export function planSbd({ blueprint, facts }: Pick<PlanInput, 'blueprint' | 'facts'>): SbdPlan {
  const running = blueprint.hosts.filter(({ name }) => isActive(factsOf(facts, name), sbdUnit));
  const ends = running.filter((spec) => !wantsSbd(spec)).map(({ name }) => name);
  const begins = blueprint.hosts
    .filter((spec) => wantsSbd(spec) && !running.includes(spec) && isActive(factsOf(facts, spec.name), pacemakerUnit))
    .map(({ name }) => name);
  return { begins, ends, steps: ends.flatMap((host) => disableSbd(host, facts)), notes: ends.map(whyRestart) };
}

const pacemakerUnit = 'pacemaker.service';

function wantsSbd({ units }: HostSpec): boolean {
  return units.some(({ unit, enabled }) => unit === sbdUnit && enabled);
}

function isActive({ units }: HostFacts, unit: string): boolean {
  return ['active', 'activating'].includes(units[unit]?.active ?? '');
}

/** Nothing where it would not start anyway. */
export function disableSbd(host: string, facts: Facts): readonly Step[] {
  const state = factsOf(facts, host).units[sbdUnit]?.enabled ?? '';
  return ['enabled', 'enabled-runtime'].includes(state) ? [{ kind: 'disable-sbd', host }] : [];
}

function whyRestart(host: string): string {
  return `${sbdUnit} on ${host} cannot be stopped by itself: it ends with Corosync. So once the cluster no longer counts on the watchdog, Corosync and Pacemaker are restarted; the workloads run on, and nobody watches them for those seconds.`;
}
