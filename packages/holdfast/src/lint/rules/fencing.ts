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
  overCib,
  property,
  recurringMonitors,
  servingPrimitives,
  targetsOf,
  watchdogFences,
} from '../inputs/cib-questions.ts';
import type { CibView, Primitive } from '../inputs/cib-view.ts';
import { hasQuorumDevice, memberNames } from '../inputs/evidence.ts';
import { list, milliseconds } from '../inputs/pacemaker-values.ts';

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
    source: `${explained}; daemons/fenced/fenced_cib.c of Pacemaker (a device that is banned on a node is not registered there)`,
    find: overCib(function* (cib, evidence) {
      const members = memberNames(evidence);
      for (const device of fencingDevices(cib)) {
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
    code: 'HF-LINT-FENCING-HOST-UNKNOWN',
    title: 'A device names a node that does not exist',
    severity: 'warning',
    danger: 'The node that was meant may have no device, which shows only when it must be fenced.',
    remedy: 'Write the name as `crm_node -l` prints it.',
    source: `${explained}, pcmk_host_list`,
    find: overCib(function* (cib, evidence) {
      const nodes = new Set([...memberNames(evidence), ...cib.nodes.map(({ name }) => name), ...cib.names]);
      // Guest and remote nodes have the name of a resource or of its option.
      for (const primitive of cib.primitives) nodes.add(primitive.meta('remote-node')?.value ?? '');
      if (memberNames(evidence).length === 0) return;
      for (const device of fencingDevices(cib)) {
        const unknown = (targetsOf(device) ?? []).filter((name) => !nodes.has(name));
        const setting = device.parameters.get('pcmk_host_list') ?? device.parameters.get('pcmk_host_map');
        if (unknown.length === 0 || setting === undefined) continue;
        yield {
          where: cib.place(setting.element),
          why: `${device.id} lists ${list(unknown)}, and the cluster has ${list(memberNames(evidence))}.`,
          // A device for many machines may be shared with another cluster.
          ...(unknown.length < (targetsOf(device) ?? []).length ? { severity: 'note' } : {}),
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-UNMONITORED',
    title: 'Nobody looks whether a fencing device works',
    severity: 'warning',
    danger: 'A device that lost its network or its password is found out when a node must be fenced, which then fails.',
    remedy: 'Give the device a monitor, such as every 60 s.',
    source: `${explained}; Pacemaker warns of nothing here`,
    find: overCib(function* (cib) {
      if (!fencingIsOn(cib)) return;
      for (const device of fencingDevices(cib)) {
        if (needsNoMonitor.has(device.type) || recurringMonitors(device).length > 0) continue;
        yield {
          where: cib.place(device.element),
          why: `${device.id} (${device.type}) has no monitor that comes again.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-SWITCHED-OFF',
    title: 'A fencing device is switched off',
    severity: 'warning',
    danger: 'A device with target-role Stopped is not used, also not in an emergency.',
    remedy: 'Remove target-role, or the device.',
    source: 'daemons/fenced/fenced_cib.c of Pacemaker',
    find: overCib(function* (cib) {
      for (const device of fencingDevices(cib)) {
        const role = device.meta('target-role');
        if (role === undefined || !isSwitchedOff(device)) continue;
        yield {
          where: cib.place(role.element),
          why: `${device.id} has target-role ${role.value}, so Pacemaker does not use it.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-TEST-AGENT',
    title: 'A fencing agent that kills nothing',
    severity: 'error',
    danger:
      'The agent reports success although the node may live, or it asks the sick node itself to go: two can be active.',
    remedy:
      'Use a device that works without the node: a BMC, a switched outlet, a hypervisor, or sbd with a hardware watchdog.',
    source: 'fence-agents and cluster-glue mark these agents as for testing only',
    find: overCib(function* (cib) {
      for (const device of fencingDevices(cib)) {
        if (!testAgents.has(device.type)) continue;
        yield { where: cib.place(device.element), why: `${device.id} is ${device.agent}, which is for tests only.` };
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
      if (hasQuorumDevice(evidence) === true || hasPriorityDelay(cib)) return;
      const [one, other] = members.map((name) => delaysFor(cib, name));
      if (one === undefined || other === undefined || one.random || other.random || one.ms !== other.ms) return;
      yield {
        where: cib.place(devices[0]?.element ?? cib.root),
        why: `${list(members)} fence each other without a difference in delay (${list(devices.map(({ id }) => id))}).`,
      };
    }),
  },
  {
    code: 'HF-LINT-FENCING-INSECURE-TLS',
    title: 'A fencing device is not verified',
    severity: 'warning',
    danger:
      'Whoever stands between node and device can read its password, switch machines off, or answer "it is off" for it.',
    remedy: 'Give the nodes the certificate of the device and remove ssl_insecure.',
    source: 'fence_redfish(8), ssl_insecure',
    acceptedBy: 'insecure-fencing-tls',
    find: overCib(function* (cib) {
      for (const device of fencingDevices(cib)) {
        const setting = device.parameters.get('ssl_insecure');
        if (setting === undefined || !isTrue(setting, false)) continue;
        yield {
          where: cib.place(setting.element),
          why: `${device.id} takes any certificate (ssl_insecure=${setting.value}).`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-PASSWORD',
    title: 'The password of a fencing device stands in the CIB',
    severity: 'note',
    danger:
      'Everybody who may read the CIB, a backup of it, or a bug report made with crm_report can switch the machine off.',
    remedy: 'Keep it in a file that root alone can read, and give the agent password_script.',
    source: 'fencing library of fence-agents, passwd_script',
    find: overCib(function* (cib) {
      for (const device of fencingDevices(cib)) {
        const setting = ['password', 'passwd'].flatMap((name) => device.parameters.get(name) ?? []).at(0);
        if (setting === undefined || setting.value === '') continue;
        yield { where: cib.place(setting.element), why: `${device.id} has its password in clear text.` };
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-ACTION-PARAMETER',
    title: 'A device is told its action',
    severity: 'warning',
    danger: 'Pacemaker ignores the parameter `action`; what was meant by it does not happen.',
    remedy: 'Use stonith-action, or pcmk_reboot_action on the device.',
    source: 'lib/common and daemons/fenced of Pacemaker ("action" is ignored)',
    find: overCib(function* (cib) {
      for (const device of fencingDevices(cib)) {
        const setting = device.parameters.get('action');
        if (setting === undefined) continue;
        yield {
          where: cib.place(setting.element),
          why: `${device.id} sets action=${setting.value}, which Pacemaker ignores.`,
        };
      }
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
    remedy: 'Remove concurrent-fencing: true is the default.',
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
        const setting = primitive.meta('requires');
        if (setting === undefined || !/^(nothing|quorum)$/i.test(setting.value)) continue;
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

/** They reach nothing that could fail: asking would tell nothing. */
const needsNoMonitor: ReadonlySet<string> = new Set(['fence_holdfast_witness', 'fence_watchdog']);

const testAgents: ReadonlySet<string> = new Set([
  'fence_dummy',
  'fence_null',
  'fence_ssh',
  'external/ssh',
  'external/null',
  'null',
  'ssh',
  'meatware',
]);

function* switchedOff(cib: CibView, name: string, consequence: string): Iterable<Found> {
  const setting = property(cib, name);
  if (setting === undefined || isTrue(setting, true)) return;
  yield { where: cib.place(setting.element), why: `${name} is ${setting.value}: ${consequence}.` };
}

function hasPriorityDelay(cib: CibView): boolean {
  return (milliseconds(property(cib, 'priority-fencing-delay')?.value ?? '0') ?? 0) > 0;
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
