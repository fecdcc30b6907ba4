import type { Found, Rule } from '../finding.ts';
import {
  devicesFor,
  fencingDevices,
  fencingIsOn,
  fencingSetting,
  isBanned,
  isCloned,
  isPromotable,
  isSwitchedOff,
  isTrue,
  metaScore,
  overCib,
  property,
  servingPrimitives,
  targetsOf,
  watchdogAgent,
  watchdogFences,
} from '../inputs/cib-questions.ts';
import type { CibView, Container, Primitive } from '../inputs/cib-view.ts';
import { hasQuorumDevice, memberNames } from '../inputs/evidence.ts';
import { list, milliseconds } from '../inputs/pacemaker-values.ts';
import type { Setting } from '../inputs/settings.ts';

const explained = 'Pacemaker Explained, chapter "Fencing"';

/** Whether a lost node is surely dead before its work starts elsewhere. */
export const fencingRules: readonly Rule[] = [
  {
    code: 'HF-LINT-FENCING-OFF',
    title: 'Fencing is switched off',
    severity: 'error',
    danger:
      'A node that cannot be reached is taken for dead. If only the network is cut, both nodes promote, mount and write: two writers, and data that nobody can merge.',
    remedy: 'Configure a fencing device for every node and set stonith-enabled=true.',
    source: `${explained}; shown in Pacemaker's scheduler (test/oracle/lint-danger.oracle.test.ts)`,
    acceptedBy: 'no-fencing',
    find: overCib(function* (cib, evidence) {
      const setting = fencingSetting(cib);
      const members = memberNames(evidence);
      if (setting === undefined || fencingIsOn(cib) || members.length === 1) return;
      const serving = servingPrimitives(cib);
      const what = serving.length === 0 ? 'whatever will run there' : list(serving.map(({ id }) => id));
      yield {
        where: cib.place(setting.element),
        why: `Fencing is off, so when ${members.length === 2 ? list(members) : 'members'} lose sight of each other, each side starts ${what}.`,
      };
    }),
  },
  {
    code: 'HF-LINT-FENCING-NO-DEVICE',
    title: 'Fencing is on, but there is no device that could do it',
    severity: 'error',
    danger:
      'After the loss of a node Pacemaker waits for a fencing that never comes: nothing starts, until a person acts.',
    remedy: 'Configure a fencing device for every node, or a watchdog with sbd.',
    source: `${explained}; shown in Pacemaker's scheduler`,
    find: overCib(function* (cib, evidence) {
      const usable = fencingDevices(cib).filter((device) => !isSwitchedOff(device));
      if (!fencingIsOn(cib) || usable.length > 0 || watchdogFences(cib) || memberNames(evidence).length === 1) return;
      if (servingPrimitives(cib).length === 0) return;
      yield {
        where: cib.place(fencingSetting(cib)?.element ?? cib.root),
        why: `Fencing is on${fencingSetting(cib) === undefined ? ' by default' : ''} and no fencing device is ${fencingDevices(cib).length === 0 ? 'configured' : 'switched on'}: after the loss of a node nothing is started.`,
      };
    }),
  },
  {
    code: 'HF-LINT-FENCING-NODE-UNCOVERED',
    title: 'A node has no fencing device',
    severity: 'error',
    danger: 'When that node is lost, nothing of it starts elsewhere: Pacemaker waits for a fencing that nobody can do.',
    remedy:
      'Add a device for that node, or add its name to pcmk_host_list or pcmk_host_map of one that can switch it off.',
    source: `${explained}, pcmk_host_list`,
    find: overCib(function* (cib, evidence) {
      if (!fencingIsOn(cib) || watchdogFences(cib) || fencingDevices(cib).length === 0) return;
      const isKnown = new Map(cib.nodes.map((node) => [node.name, node]));
      for (const name of memberNames(evidence)) {
        if (devicesFor(cib, name).length > 0 || cib.levels.some(({ target }) => target === undefined)) continue;
        yield {
          where: cib.place(isKnown.get(name)?.element ?? cib.root),
          why: `No fencing device lists ${name} (there ${fencingDevices(cib).length === 1 ? 'is' : 'are'} ${list(fencingDevices(cib).map(({ id }) => id))}).`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-ONLY-BY-ITSELF',
    title: 'A device may be used by its own target only',
    severity: 'error',
    danger: 'A dead node cannot fence itself, and no other member may use the device: nothing is taken over.',
    remedy: 'Let every other member use the device: forbid it on its own target at most.',
    source: `${explained}; daemons/fenced/fenced_scheduler.c of Pacemaker (a device that is banned on a node is not registered there)`,
    find: overCib(function* (cib, evidence) {
      const members = memberNames(evidence);
      for (const device of fencingDevices(cib)) {
        // A machine that resets itself needs nobody else.
        if (device.type === watchdogAgent) continue;
        const [target, ...more] = targetsOf(device) ?? [];
        if (target === undefined || more.length > 0 || members.length < 2 || !members.includes(target)) continue;
        const others = members.filter((name) => name !== target);
        if (!others.every((name) => isBanned(cib, device, name))) continue;
        yield {
          where: cib.place(device.element),
          why: `${device.id} fences ${target}, but is forbidden on ${list(others)}.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-LEVEL-DEVICE',
    title: 'A level of fencing names a device that does not exist',
    severity: 'error',
    danger: 'That level always fails, and with it the fencing where it is the only one.',
    remedy: 'Correct the name in the level, or configure the device.',
    source: `${explained}, fencing topologies`,
    find: overCib(function* (cib) {
      const known = new Set(fencingDevices(cib).map(({ id }) => id));
      for (const { element, devices, target } of cib.levels) {
        const missing = devices.filter((device) => !known.has(device) && device !== 'watchdog');
        if (missing.length === 0) continue;
        yield {
          where: cib.place(element),
          why: `The level for ${target ?? 'some nodes'} names ${list(missing)}, which is no fencing device here.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-RACE',
    title: 'Two nodes that shoot each other at the same moment',
    severity: 'warning',
    danger: 'When the network between two nodes fails, both fence the other at once, both go down, and nothing serves.',
    remedy:
      'Set priority-fencing-delay (with a priority on what serves), or pcmk_delay_base on one of the two devices; better, add a witness.',
    source: `${explained}, pcmk_delay_base and priority-fencing-delay`,
    find: overCib(function* (cib, evidence) {
      const members = memberNames(evidence);
      const devices = fencingDevices(cib);
      if (members.length !== 2 || devices.length === 0 || !fencingIsOn(cib)) return;
      const { setting: priorityDelay, works } = delayByPriority(cib);
      if (hasQuorumDevice(evidence) === true || works) return;
      const [one, other] = members.map((name) => delaysFor(cib, name));
      if (one === undefined || other === undefined || one.random || other.random || one.ms !== other.ms) return;
      yield {
        where: cib.place(devices[0]?.element ?? cib.root),
        why: `${list(members)} fence each other without a difference in delay (${list(devices.map(({ id }) => id))})${priorityDelay === undefined ? '' : `: priority-fencing-delay is ${priorityDelay.value}, and no resource has a priority`}.`,
      };
    }),
  },
  {
    code: 'HF-LINT-FENCING-STARTUP-OFF',
    title: 'Nodes that were never seen are taken for dead',
    severity: 'error',
    danger:
      'With startup-fencing off, a node that starts alone serves although the other may be serving behind a cut network.',
    remedy: 'Remove startup-fencing: true is the default.',
    source: `${explained}; Pacemaker's own description of the option calls false unsafe`,
    find: overCib((cib) =>
      switchedOff(cib, 'startup-fencing', 'a node that was not seen since the start is not fenced, but taken for dead'),
    ),
  },
  {
    code: 'HF-LINT-FENCING-SERIAL',
    title: 'Nodes are fenced one after the other',
    severity: 'note',
    danger: 'When two nodes are lost and the first cannot be fenced, the second is not even tried.',
    remedy: 'Set concurrent-fencing=true: before Pacemaker 3 it may be false by default.',
    source: 'Pacemaker Explained, cluster options',
    find: overCib((cib) => switchedOff(cib, 'concurrent-fencing', 'one fencing that hangs keeps all others waiting')),
  },
  {
    code: 'HF-LINT-FENCING-NOT-AWAITED',
    title: 'A resource starts before the lost node is dead',
    severity: 'error',
    danger:
      'With `requires` nothing or quorum the resource starts elsewhere while the lost node may still run it: two are active.',
    remedy: 'Remove `requires`: where fencing is on, it is `fencing` by default.',
    source: 'Pacemaker Explained, resource meta-attributes, requires',
    find: overCib(function* (cib) {
      if (!fencingIsOn(cib)) return;
      for (const primitive of servingPrimitives(cib)) {
        const setting = unawaited(primitive);
        if (setting === undefined) continue;
        // A group starts as one: where a single member waits for the fencing, all do.
        const group = primitive.containers.find(({ kind }) => kind === 'group');
        if (cib.primitives.some((each) => isIn(group, each) && unawaited(each) === undefined)) continue;
        // What runs everywhere anyway can be active twice.
        if (isCloned(primitive) && !isPromotable(primitive)) continue;
        yield {
          where: cib.place(setting.element),
          why: `${primitive.id} requires ${setting.value} only, so it starts on a second node before the first is fenced.`,
        };
      }
    }),
  },
];

function* switchedOff(cib: CibView, name: string, consequence: string): Iterable<Found> {
  const setting = property(cib, name);
  if (setting === undefined || isTrue(setting, true)) return;
  yield { where: cib.place(setting.element), why: `${name} is ${setting.value}: ${consequence}.` };
}

/** What lets a resource start before the fencing is done. */
function unawaited(primitive: Primitive): Setting | undefined {
  const setting = primitive.meta('requires');
  return setting !== undefined && /^(nothing|quorum)$/i.test(setting.value) ? setting : undefined;
}

function isIn(group: Container | undefined, { containers }: Primitive): boolean {
  return group !== undefined && containers.includes(group);
}

/** The delay is for the node on which resources have the higher priority: where all have 0, it does nothing. */
function delayByPriority(cib: CibView): { setting: Setting | undefined; works: boolean } {
  const setting = property(cib, 'priority-fencing-delay');
  const ms = milliseconds(setting?.value ?? '0') ?? 0;
  const ranked = cib.primitives.some(
    (each) => each.meta('priority')?.conditional || (metaScore(each, 'priority') ?? 0) !== 0,
  );
  return { setting: ms > 0 ? setting : undefined, works: ms > 0 && ranked };
}

/** pcmk_delay_base may also be a map `node:delay`, which is a difference that somebody thought of. */
function delaysFor(cib: CibView, node: string): { ms: number; random: boolean } {
  const delays = devicesFor(cib, node).map((device) => delayOf(device));
  return { ms: Math.max(0, ...delays.map(({ ms }) => ms)), random: delays.some(({ random }) => random) };
}

function delayOf({ parameters }: Primitive): { ms: number; random: boolean } {
  const base = parameters.get('pcmk_delay_base')?.value ?? '0';
  const most = milliseconds(parameters.get('pcmk_delay_max')?.value ?? '0') ?? 0;
  return { ms: milliseconds(base) ?? 0, random: most > 0 || base.includes(':') };
}
