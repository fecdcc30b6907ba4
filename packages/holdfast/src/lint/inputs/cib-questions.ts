import type { LocationConstraint, PairConstraint } from './cib-constraints.ts';
import type { CibView, Operation, Primitive } from './cib-view.ts';
import type { Evidence } from './evidence.ts';
import { infinity, milliseconds, score, truth } from './pacemaker-values.ts';
import type { Setting } from './settings.ts';

/** A cluster option by its names, the newest first (Pacemaker 3.0.2 renamed `stonith-…` to `fencing-…`). */
export function property(cib: CibView, ...names: readonly string[]): Setting | undefined {
  return names.map((name) => cib.properties.get(name)).find((each) => each !== undefined);
}

export function fencingSetting(cib: CibView): Setting | undefined {
  return property(cib, 'fencing-enabled', 'stonith-enabled');
}

/** On by default. */
export function fencingIsOn(cib: CibView): boolean {
  return isTrue(fencingSetting(cib), true);
}

/** The value of a truth that always holds; a conditional or unknown one counts as the default. */
export function isTrue(setting: Setting | undefined, byDefault: boolean): boolean {
  if (setting === undefined || setting.conditional) return byDefault;
  return truth(setting.value) ?? byDefault;
}

export function isFencingDevice(primitive: Primitive): boolean {
  return primitive.class === 'stonith';
}

/** The agent that stands for the watchdogs of machines that reset themselves. */
export const watchdogAgent = 'fence_watchdog';

export function fencingDevices(cib: CibView): Primitive[] {
  return cib.primitives.filter(isFencingDevice);
}

/** Everything that is no fencing device: what the cluster is there for. */
export function servingPrimitives(cib: CibView): Primitive[] {
  return cib.primitives.filter((primitive) => !isFencingDevice(primitive));
}

export function fileSystems(cib: CibView): Primitive[] {
  return servingPrimitives(cib).filter(({ agent }) => agent === 'ocf:heartbeat:Filesystem');
}

export function watchdogSetting(cib: CibView): Setting | undefined {
  return property(cib, 'fencing-watchdog-timeout', 'stonith-watchdog-timeout');
}

/** Fencing by the watchdog alone needs no device. */
export function watchdogFences(cib: CibView): boolean {
  const timeout = watchdogSetting(cib)?.value;
  return timeout !== undefined && (milliseconds(timeout) ?? 0) !== 0;
}

export function isSwitchedOff(primitive: Primitive): boolean {
  const role = primitive.meta('target-role');
  return role !== undefined && !role.conditional && role.value.toLowerCase() === 'stopped';
}

export function isPromotable(primitive: Primitive): boolean {
  return primitive.containers.some(({ meta }) => isTrue(meta.get('promotable'), false));
}

/** In a clone or bundle, whose copies run on several nodes. */
export function isCloned(primitive: Primitive): boolean {
  return primitive.containers.some(({ kind }) => kind !== 'group');
}

/** A meta attribute as a number; INFINITY is a million. */
export function metaScore(primitive: Primitive, name: string): number | undefined {
  const setting = primitive.meta(name);
  return setting === undefined || setting.conditional ? undefined : score(setting.value);
}

export function metaMs(primitive: Primitive, name: string): number | undefined {
  const setting = primitive.meta(name);
  return setting === undefined || setting.conditional ? undefined : milliseconds(setting.value);
}

/** Monitors that come again and again. */
export function recurringMonitors(primitive: Primitive): Operation[] {
  return primitive.operations.filter(
    ({ name, intervalMs, enabled }) => name === 'monitor' && intervalMs > 0 && enabled,
  );
}

/**
 * The time that Pacemaker gives an action: the operation's, the default of operations, or 20 s. What the agent advises, it does
 * not look at. Undefined where a rule decides.
 */
export function actionTimeoutMs(cib: CibView, primitive: Primitive, action: string): number | undefined {
  const operation = primitive.operations.find(({ name }) => name === action);
  if (operation?.timeoutMs !== undefined) return operation.timeoutMs;
  const byDefault = cib.operationDefaults.get('timeout');
  if (byDefault === undefined) return 20_000;
  return byDefault.conditional ? undefined : milliseconds(byDefault.value);
}

export function locations(cib: CibView): LocationConstraint[] {
  return cib.constraints.filter((each) => each.kind === 'location');
}

export function pairConstraints(cib: CibView, kind: PairConstraint['kind']): PairConstraint[] {
  return cib.constraints.flatMap((each) => (each.kind !== 'location' && each.kind === kind ? [each] : []));
}

/** Every name under which a constraint can mean that resource: its own and its containers'. Tags are not resolved. */
export function namesOfResource(primitive: Primitive): string[] {
  return [primitive.id, ...primitive.containers.map(({ id }) => id)];
}

/** Whether a constraint forbids that resource on that node. */
export function isBanned(cib: CibView, primitive: Primitive, node: string): boolean {
  const names = namesOfResource(primitive);
  return locations(cib).some(
    (each) =>
      each.node === node &&
      each.score !== undefined &&
      each.score <= -infinity &&
      each.resources.some((name) => names.includes(name)),
  );
}

/** The devices that can fence that node as far as the configuration says; dynamic ones may fence any. */
export function devicesFor(cib: CibView, node: string): Primitive[] {
  const inLevels = new Set(cib.levels.filter(({ target }) => target === node).flatMap(({ devices }) => devices));
  return fencingDevices(cib).filter((device) => inLevels.has(device.id) || mayFence(device, node));
}

function mayFence(device: Primitive, node: string): boolean {
  const targets = targetsOf(device);
  return targets === undefined || targets.includes(node);
}

/** The nodes of pcmk_host_list and pcmk_host_map; undefined: the device is asked, or told any name. */
export function targetsOf({ parameters }: Primitive): readonly string[] | undefined {
  const check = parameters.get('pcmk_host_check')?.value;
  if (check !== undefined && check !== 'static-list') return undefined;
  const listed = (parameters.get('pcmk_host_list')?.value ?? '').split(/[,;\s]+/).filter((name) => name !== '');
  const mapped = (parameters.get('pcmk_host_map')?.value ?? '')
    .split(/[;\s]+/)
    .flatMap((each) => /^([^:]+):/.exec(each)?.[1] ?? []);
  const names = [...listed, ...mapped];
  return names.length === 0 ? undefined : names;
}

/** The rule sees the CIB, and is silent without one. */
export function overCib<Result>(
  find: (cib: CibView, evidence: Evidence) => Iterable<Result>,
): (evidence: Evidence) => Iterable<Result> {
  return (evidence) => (evidence.cib === undefined ? [] : find(evidence.cib, evidence));
}
