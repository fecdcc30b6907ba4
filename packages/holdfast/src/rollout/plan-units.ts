import type { HostSpec, UnitSpec } from '../patterns/index.ts';
import type { HostFacts } from './facts.ts';
import { sbdIsNeeded, sbdUnit } from './plan-sbd.ts';
import type { Step } from './step.ts';

/** Started and stopped by the steps for the cluster as a whole. */
const clusterUnits: readonly string[] = ['corosync.service', 'pacemaker.service'];
const notByThemselves: readonly string[] = [...clusterUnits, sbdUnit];

/**
 * Units to enable, disable, start and stop on one host. `firstStart`: no cluster has ever run there; then a workload that
 * runs by itself is stopped, or Pacemaker would find it active outside its node or without its state.
 */
export function planUnits(spec: HostSpec, facts: HostFacts, firstStart: boolean): readonly Step[] {
  const host = spec.name;
  const exists = ({ unit }: UnitSpec) => (facts.units[unit]?.load ?? 'not-found') !== 'not-found';
  const isEnabled = ({ unit }: UnitSpec) => enabledStates.includes(facts.units[unit]?.enabled ?? '');
  const enable = spec.units.filter((wanted) => wanted.enabled && !isEnabled(wanted)).map(({ unit }) => unit);
  const disable = spec.units
    .filter((wanted) => !wanted.enabled && exists(wanted) && isEnabled(wanted) && !endsLater(wanted, facts))
    .map(({ unit }) => unit);
  return [
    ...(disable.length === 0 ? [] : [{ kind: 'disable-units', host, units: disable } as const]),
    ...(enable.length === 0 ? [] : [{ kind: 'enable-units', host, units: enable } as const]),
    ...spec.units.flatMap((wanted) => {
      const isActive = exists(wanted) && activeStates.includes(facts.units[wanted.unit]?.active ?? '');
      return running(host, wanted, isActive, firstStart);
    }),
  ];
}

/** Where SBD runs, or must start with the cluster, it is disabled when the cluster no longer counts on it (plan-sbd.ts). */
function endsLater({ unit }: UnitSpec, facts: HostFacts): boolean {
  return unit === sbdUnit && sbdIsNeeded(facts);
}

const enabledStates: readonly string[] = ['enabled', 'enabled-runtime', 'linked'];
const activeStates: readonly string[] = ['active', 'activating', 'reloading'];

function running(host: string, wanted: UnitSpec, isActive: boolean, firstStart: boolean): readonly Step[] {
  const { unit } = wanted;
  if (notByThemselves.includes(unit)) return [];
  if (wanted.running === true && !isActive) return [{ kind: 'start-unit', host, unit }];
  if (isActive && (wanted.running === false || (wanted.running === 'any' && firstStart))) {
    return [{ kind: 'stop-unit', host, unit }];
  }
  return [];
}

/** Whether anything of a cluster runs there, with whatever configuration. */
export function runsCluster({ units, cluster }: HostFacts): boolean {
  const isActive = (unit: string) => activeStates.includes(units[unit]?.active ?? '');
  return cluster.kind === 'running' || cluster.kind === 'silent' || clusterUnits.some(isActive);
}

/** Members that shall run the cluster and do not. */
export function stoppedMembers(
  members: readonly string[],
  specs: readonly HostSpec[],
  factsOfHost: (host: string) => HostFacts,
): readonly string[] {
  return members.filter((member) => {
    const { units } = factsOfHost(member);
    const wanted = specs.find((spec) => spec.name === member)?.units ?? [];
    return wanted.some(
      ({ unit, running: shallRun }) =>
        clusterUnits.includes(unit) && shallRun === true && units[unit]?.active !== 'active',
    );
  });
}
