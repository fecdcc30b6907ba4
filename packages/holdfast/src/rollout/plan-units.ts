import type { HostSpec, UnitSpec } from '../patterns/index.ts';
import type { HostFacts } from './facts.ts';
import type { Step } from './step.ts';

/** Started and stopped by the steps for the cluster as a whole. */
const clusterUnits: readonly string[] = ['corosync.service', 'pacemaker.service'];

/**
 * Units to enable, disable, start and stop on one host. `firstStart`: no cluster has ever run there; then a workload that
 * runs by itself is stopped, or Pacemaker would find it active outside its node or without its state.
 */
export function planUnits(spec: HostSpec, facts: HostFacts, firstStart: boolean): readonly Step[] {
  return spec.units.flatMap((wanted) => {
    const found = facts.units[wanted.unit];
    const exists = found !== undefined && found.load !== 'not-found';
    const isActive = exists && ['active', 'activating', 'reloading'].includes(found.active);
    const isEnabled = exists && ['enabled', 'enabled-runtime', 'linked'].includes(found.enabled);
    return [...enablement(spec.name, wanted, isEnabled), ...running(spec.name, wanted, isActive, firstStart)];
  });
}

function enablement(host: string, wanted: UnitSpec, isEnabled: boolean): readonly Step[] {
  if (wanted.enabled === isEnabled) return [];
  return [{ kind: wanted.enabled ? 'enable-unit' : 'disable-unit', host, unit: wanted.unit }];
}

function running(host: string, wanted: UnitSpec, isActive: boolean, firstStart: boolean): readonly Step[] {
  const { unit } = wanted;
  if (clusterUnits.includes(unit)) return [];
  if (wanted.running === true && !isActive) return [{ kind: 'start-unit', host, unit }];
  if (isActive && (wanted.running === false || (wanted.running === 'any' && firstStart))) {
    return [{ kind: 'stop-unit', host, unit }];
  }
  return [];
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
