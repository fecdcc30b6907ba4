import type { Rule } from '../finding.ts';
import {
  fencingDevices,
  fencingIsOn,
  isBanned,
  isSwitchedOff,
  isTrue,
  overCib,
  recurringMonitors,
  servingPrimitives,
  targetsOf,
} from '../inputs/cib-questions.ts';
import { memberNames } from '../inputs/evidence.ts';
import { list } from '../inputs/pacemaker-values.ts';

const explained = 'Pacemaker Explained, chapter "Fencing"';

/** The devices themselves, one by one. */
export const fencingDeviceRules: readonly Rule[] = [
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
    code: 'HF-LINT-FENCING-DEVICE-FAILED',
    title: 'A fencing device does not answer',
    severity: 'error',
    danger: 'The node that it is for cannot be fenced: after its loss nothing starts, as if there were no device.',
    remedy:
      'Ask the device by hand (`stonith_admin --query DEVICE`), mend its network, address or password, then run `crm_resource --cleanup`.',
    source: "the history of operations in the CIB's status section",
    find: overCib(function* (cib) {
      for (const device of fencingDevices(cib)) {
        const runs = cib.history(device.id);
        const failed = runs.find(({ returnCode }) => returnCode !== 0);
        if (failed === undefined || runs.some(({ returnCode }) => returnCode === 0)) continue;
        yield {
          where: cib.place(failed.element),
          why: `The last ${failed.operation} of ${device.id} failed on ${list(runs.filter(({ returnCode }) => returnCode !== 0).map(({ node }) => node))}, and it works on no node.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-WITNESS-AGENT',
    title: "The witness's fence agent for a node that may serve",
    severity: 'error',
    danger:
      'fence_holdfast_witness answers every fencing with success and kills nothing: on a node that may serve, two can be active.',
    remedy: 'Give that node a real device, or forbid every resource on it.',
    source: 'packages/holdfast/agents/fence_holdfast_witness',
    find: overCib(function* (cib) {
      for (const device of fencingDevices(cib).filter(({ type }) => type === 'fence_holdfast_witness')) {
        for (const target of targetsOf(device) ?? []) {
          const free = servingPrimitives(cib).filter((each) => !isBanned(cib, each, target));
          if (free.length === 0) continue;
          yield {
            where: cib.place(device.element),
            why: `${device.id} is for ${target}, on which ${list(free.map(({ id }) => id))} may run.`,
          };
        }
      }
    }),
  },
  {
    code: 'HF-LINT-FENCING-SWITCHED-OFF',
    title: 'A fencing device is switched off',
    severity: 'warning',
    danger: 'A device with target-role Stopped is not used, also not in an emergency.',
    remedy: 'Remove target-role, or the device.',
    source: 'daemons/fenced/fenced_scheduler.c of Pacemaker',
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
    source: 'lib/fencing/st_actions.c of Pacemaker (the parameter is left out, and its own action put in)',
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
