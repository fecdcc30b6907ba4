import type { Rule } from '../finding.ts';
import {
  devicesFor,
  fencingDevices,
  fencingIsOn,
  isBanned,
  isTrue,
  overCib,
  property,
  targetsOf,
  watchdogAgent,
  watchdogFences,
  watchdogSetting,
} from '../inputs/cib-questions.ts';
import type { CibView, FencingLevel } from '../inputs/cib-view.ts';
import { type Evidence, memberNames } from '../inputs/evidence.ts';
import { list, milliseconds, seconds } from '../inputs/pacemaker-values.ts';
import { isDiskless, watchdogTimeoutMs } from '../inputs/sbd-view.ts';

/** Fencing by a watchdog, which sbd feeds. */
export const watchdogRules: readonly Rule[] = [
  {
    code: 'HF-LINT-SBD-TIMEOUT-SHORT',
    title: 'A node is taken for dead before its watchdog bites',
    severity: 'error',
    danger: 'The survivor starts while the cut-off node still writes: two are active for the difference.',
    remedy: 'Set stonith-watchdog-timeout to at least twice SBD_WATCHDOG_TIMEOUT.',
    source: 'sbd(8); lib/common/watchdog.c of Pacemaker (its own default is twice the timeout)',
    find: overCib(function* (cib, { sbd }) {
      const setting = watchdogSetting(cib);
      const givenMs = setting && milliseconds(setting.value);
      const longestMs = Math.max(0, ...sbd.map(watchdogTimeoutMs));
      if (setting === undefined || givenMs === undefined || givenMs <= 0 || givenMs >= 2 * longestMs) return;
      yield {
        where: cib.place(setting.element),
        why: `The survivor waits ${seconds(givenMs)}, and the watchdog of a cut-off node bites after ${seconds(longestMs)}: less than twice that.`,
      };
    }),
  },
  {
    code: 'HF-LINT-SBD-WAIT-CUT',
    title: 'Fencing is given up before the wait for a watchdog is over',
    severity: 'error',
    danger: 'Each attempt to make a lost node dead times out and begins anew: nothing of it is ever taken over.',
    remedy:
      'Set stonith-timeout to at least stonith-watchdog-timeout, and to more than the timeouts of the levels before the watchdog. Before Pacemaker 2.1.6 also repeat a device of an earlier level behind the watchdog (devices="watchdog,fence-a,fence-a") until 1.2 times their timeouts are longer than stonith-watchdog-timeout.',
    source:
      'daemons/fenced/fenced_remote.c of Pacemaker (get_op_total_timeout; request_peer_fencing, query_timer; remote_op_watchdog_done)',
    find: overCib(function* (cib, evidence) {
      const waitMs = watchdogWaitMs(cib, evidence);
      if (waitMs === undefined) return;
      const base = property(cib, 'fencing-timeout', 'stonith-timeout');
      const baseMs = milliseconds(base?.value ?? '') ?? 60_000;
      const alone = memberNames(evidence).find((name) => isLeftToItsWatchdog(cib, name));
      if (alone !== undefined && 1.2 * baseMs < waitMs) {
        yield {
          where: cib.place(base?.element ?? cib.root),
          why: `The fencing of ${alone} is given up after ${seconds(1.2 * baseMs)}, 1.2 times stonith-timeout, and its watchdog is waited for ${seconds(waitMs)}.`,
        };
      }
      for (const [target, levels] of Map.groupBy(cib.levels, (level) => level.target)) {
        const inOrder = levels.toSorted((one, other) => levelIndex(one) - levelIndex(other));
        const place = inOrder.findIndex(({ devices }) => devices[0] === 'watchdog');
        const level = inOrder[place];
        if (level === undefined || place === 0) continue;
        const beforeMs = timeoutsMs(cib, inOrder.slice(0, place), baseMs);
        const wholeMs = timeoutsMs(cib, inOrder, baseMs) || baseMs;
        const where = cib.place(level.element);
        const of = `The fencing of ${target ?? 'some nodes'}`;
        if (beforeMs >= baseMs) {
          yield {
            where,
            why: `${of} comes to its watchdog after ${seconds(1.2 * beforeMs)} at worst, and Pacemaker waits for a watchdog only when it comes to it before ${seconds(1.2 * baseMs)}, 1.2 times stonith-timeout.`,
          };
        } else if (!countsTheWait(cib) && 1.2 * wholeMs < 1.2 * beforeMs + waitMs) {
          yield {
            where,
            why: `${of} is given up after ${seconds(1.2 * wholeMs)}; the levels before its watchdog may take ${seconds(1.2 * beforeMs)} of them, and the watchdog is waited for ${seconds(waitMs)}.`,
          };
        }
      }
    }),
  },
  {
    code: 'HF-LINT-SBD-ABSENT',
    title: 'Watchdog fencing without sbd',
    severity: 'error',
    danger: 'Pacemaker ends itself on a node where stonith-watchdog-timeout is set and sbd does not run.',
    remedy: 'Install and enable sbd on every node, or set stonith-watchdog-timeout=0.',
    source: 'lib/common/watchdog.c of Pacemaker ("configured but SBD not active")',
    find: overCib(function* (cib, { hosts }) {
      const setting = watchdogSetting(cib);
      if (setting === undefined || !watchdogFences(cib)) return;
      const detected = property(cib, 'have-watchdog');
      const without = hosts.filter(({ units }) =>
        units.some(({ unit, activeState }) => unit === 'sbd.service' && activeState !== 'active'),
      );
      if (without.length > 0) {
        for (const host of without) {
          yield {
            where: cib.place(setting.element),
            why: `stonith-watchdog-timeout is ${setting.value}, and sbd does not run on ${host.name}.`,
          };
        }
      } else if (detected !== undefined && !isTrue(detected, true)) {
        yield {
          where: cib.place(setting.element),
          why: `stonith-watchdog-timeout is ${setting.value}, and the cluster found no sbd (have-watchdog=${detected.value}).`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-SBD-LIST-HIDDEN',
    title: 'A member does not learn which nodes have a watchdog',
    severity: 'error',
    danger:
      'Where the fence_watchdog device is forbidden, the fencer does not read its pcmk_host_list, and takes every node for one that resets itself: a node without a watchdog is declared dead while it serves.',
    remedy: 'Let the device run everywhere, and prefer the nodes of its list with a positive score.',
    source:
      'daemons/fenced of Pacemaker: fenced_scheduler.c (a device with a negative score is not registered), pacemaker-fenced.c (node_does_watchdog_fencing: no list means every node)',
    find: overCib(function* (cib, evidence) {
      for (const device of fencingDevices(cib)) {
        const targets = device.type === watchdogAgent ? targetsOf(device) : undefined;
        const blind = memberNames(evidence).filter((name) => isBanned(cib, device, name));
        if (targets === undefined || blind.length === 0 || !watchdogFences(cib)) continue;
        yield {
          where: cib.place(device.element),
          why: `${device.id} is forbidden on ${list(blind)}, which therefore ${blind.length === 1 ? 'takes' : 'take'} every node, not only ${list(targets)}, for one that resets itself.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-SBD-TWO-NODES',
    title: 'Diskless sbd on two nodes without a third vote',
    severity: 'error',
    danger:
      'With two_node both halves of a cut cluster keep quorum, so neither watchdog bites, and each takes the other for dead: two are active.',
    remedy: 'Add a quorum device or a third member, or give sbd a disk.',
    source: 'sbd(8), "diskless SBD"; votequorum(5), two_node',
    *find({ sbd, corosync, cib }) {
      const [conf] = corosync;
      if (conf === undefined || conf.value('quorum.two_node') !== '1') return;
      const diskless = sbd.find(isDiskless);
      const inCib = cib !== undefined && watchdogFences(cib) && sbd.length === 0 && fencingDevices(cib).length === 0;
      if (inCib) {
        yield {
          where: conf.placeOf('quorum.two_node'),
          why: 'Fencing is left to the watchdog, and two_node keeps both halves quorate.',
        };
      } else if (diskless !== undefined && (cib === undefined || watchdogFences(cib))) {
        yield { where: diskless.place('SBD_DEVICE'), why: 'sbd has no disk, and two_node keeps both halves quorate.' };
      }
    },
  },
  {
    code: 'HF-LINT-SBD-NO-WATCHDOG',
    title: 'sbd has no watchdog',
    severity: 'error',
    danger: 'Nothing resets a node that hangs, although the survivor relies on it.',
    remedy: 'Load the driver of the hardware watchdog at boot, and name its device in SBD_WATCHDOG_DEV.',
    source: 'sbd(8), SBD_WATCHDOG_DEV',
    *find({ sbd, hosts }) {
      for (const file of sbd) {
        const device = file.value('SBD_WATCHDOG_DEV');
        if (device !== '/dev/null') continue;
        yield {
          where: file.place('SBD_WATCHDOG_DEV'),
          why: 'SBD_WATCHDOG_DEV is /dev/null, so sbd can only ask the sick kernel to reboot.',
        };
      }
      for (const { name, watchdog, units } of hosts) {
        const runs = units.some(({ unit, fileState }) => unit === 'sbd.service' && fileState === 'enabled');
        if (!runs || watchdog === undefined || watchdog.present) continue;
        yield {
          where: { file: `${name}:/etc/default/sbd` },
          why: `${name} has no watchdog ${watchdog.path}, and sbd is enabled there.`,
        };
      }
    },
  },
  {
    code: 'HF-LINT-SBD-BLIND',
    title: 'sbd does not look at the cluster',
    severity: 'warning',
    danger: 'A node without quorum or with a dead Pacemaker is not reset.',
    remedy: 'Set SBD_PACEMAKER=yes.',
    source: 'sbd(8), SBD_PACEMAKER',
    *find({ sbd }) {
      for (const file of sbd) {
        if (!/^(no|0|false)$/i.test(file.value('SBD_PACEMAKER') ?? 'yes')) continue;
        yield { where: file.place('SBD_PACEMAKER'), why: `SBD_PACEMAKER is ${file.value('SBD_PACEMAKER')}.` };
      }
    },
  },
  {
    code: 'HF-LINT-SBD-TIMEOUTS-DIFFER',
    title: 'The nodes have different watchdog timeouts',
    severity: 'warning',
    danger: 'Pacemaker takes the timeout of the node where it decides; the other may live longer than is waited for.',
    remedy: 'Write the same SBD_WATCHDOG_TIMEOUT on every node.',
    source: 'lib/common/watchdog.c of Pacemaker (the local SBD_WATCHDOG_TIMEOUT counts)',
    *find({ sbd }) {
      const [first, ...others] = sbd;
      const other = others.find((each) => first !== undefined && watchdogTimeoutMs(each) !== watchdogTimeoutMs(first));
      if (first === undefined || other === undefined) return;
      yield {
        where: other.place('SBD_WATCHDOG_TIMEOUT'),
        why: `${other.file} says ${seconds(watchdogTimeoutMs(other))}, ${first.file} ${seconds(watchdogTimeoutMs(first))}.`,
      };
    },
  },
  {
    code: 'HF-LINT-SBD-UNUSED',
    title: 'A watchdog runs, but nothing relies on it',
    severity: 'note',
    danger:
      'sbd resets nodes that lose quorum, and Pacemaker does not count that as fencing: outages without the gain.',
    remedy: 'Set stonith-watchdog-timeout to -1 (twice the watchdog timeout), or disable sbd.',
    source: 'sbd(8), "diskless SBD"',
    find: overCib(function* (cib, evidence) {
      const detected = property(cib, 'have-watchdog');
      if (detected === undefined || !isTrue(detected, false) || watchdogFences(cib)) return;
      if (fencingDevices(cib).length > 0 || !fencingIsOn(cib) || memberNames(evidence).length === 1) return;
      yield {
        where: cib.place(detected.element),
        why: 'sbd runs, there is no fencing device, and stonith-watchdog-timeout is 0.',
      };
    }),
  },
];

/** How long a silent node is waited for; undefined where nothing waits, or where nobody can tell. */
function watchdogWaitMs(cib: CibView, { sbd }: Evidence): number | undefined {
  const setting = watchdogSetting(cib);
  const ms = setting && milliseconds(setting.value);
  if (ms === undefined || ms === 0) return undefined;
  if (ms > 0) return ms;
  return sbd.length === 0 ? undefined : 2 * Math.max(...sbd.map(watchdogTimeoutMs));
}

/** Since Pacemaker 2.1.6, whose feature set is 3.17; one that nobody can tell counts as newer. */
function countsTheWait({ root }: CibView): boolean {
  const [major, minor] = (root.attributes.crm_feature_set ?? '').split('.').map(Number);
  return major === undefined || minor === undefined || major > 3 || minor >= 17;
}

function levelIndex({ element }: FencingLevel): number {
  return Number(element.attributes.index ?? 0);
}

/** Nothing else can fence it. Without the watchdog's own device, every node resets itself. */
function isLeftToItsWatchdog(cib: CibView, node: string): boolean {
  const levels = cib.levels.filter(({ target }) => target === undefined || target === node);
  const devices = devicesFor(cib, node);
  const isSwitched = devices.some(({ type }) => type !== watchdogAgent);
  if (isSwitched || levels.some((level) => level.devices[0] !== 'watchdog')) return false;
  return devices.length > 0 || !fencingDevices(cib).some(({ type }) => type === watchdogAgent);
}

/** What Pacemaker gives the devices of these levels together, but for a factor; the watchdog has no time of its own. */
function timeoutsMs(cib: CibView, levels: readonly FencingLevel[], baseMs: number): number {
  const asConfigured = property(cib, 'fencing-action', 'stonith-action')?.value ?? 'reboot';
  // A level of several devices switches them all off, and then all on.
  const action = (levels[0]?.devices.length ?? 0) > 1 && asConfigured === 'reboot' ? 'off' : asConfigured;
  const asked = fencingDevices(cib).filter(({ type }) => type !== watchdogAgent);
  const known = new Map(asked.map((device) => [device.id, device.parameters]));
  return levels
    .flatMap(({ devices }) => devices)
    .flatMap((id) => known.get(id) ?? [])
    .map((parameters) => milliseconds(parameters.get(`pcmk_${action}_timeout`)?.value ?? '') ?? baseMs)
    .reduce((sum, ms) => sum + ms, 0);
}
