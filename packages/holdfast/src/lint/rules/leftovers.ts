import type { Found, Rule } from '../finding.ts';
import { isFencingDevice, isSwitchedOff, isTrue, overCib, property } from '../inputs/cib-questions.ts';
import type { CibView } from '../inputs/cib-view.ts';

/** What somebody switched for an hour, and forgot. */
export const leftoverRules: readonly Rule[] = [
  {
    code: 'HF-LINT-MAINTENANCE',
    title: 'The cluster is in maintenance',
    severity: 'warning',
    danger: 'Pacemaker watches and does nothing: no fault is answered.',
    remedy: 'Run `crm_attribute --name maintenance-mode --delete` when the work is done.',
    source: 'Pacemaker Explained, maintenance-mode',
    find: overCib((cib) => switchedOn(cib, 'maintenance-mode', 'nothing is started, stopped or moved')),
  },
  {
    code: 'HF-LINT-ALL-STOPPED',
    title: 'Everything is to be stopped',
    severity: 'warning',
    danger: 'stop-all-resources keeps every resource down.',
    remedy: 'Run `crm_attribute --name stop-all-resources --delete`.',
    source: 'Pacemaker Explained, stop-all-resources',
    find: overCib((cib) => switchedOn(cib, 'stop-all-resources', 'no resource runs')),
  },
  {
    code: 'HF-LINT-UNMANAGED',
    title: 'The cluster keeps its hands off a resource',
    severity: 'warning',
    danger: 'When it dies, or its node does, nothing happens.',
    remedy: 'Remove is-managed=false or maintenance=true when the work is done.',
    source: 'Pacemaker Explained, is-managed and maintenance',
    find: overCib(function* (cib) {
      const byDefault = property(cib, 'is-managed-default');
      if (byDefault !== undefined && !isTrue(byDefault, true)) {
        yield {
          where: cib.place(byDefault.element),
          why: `is-managed-default is ${byDefault.value}, so nothing is managed.`,
        };
      }
      for (const primitive of cib.primitives) {
        const managed = primitive.meta('is-managed');
        const maintained = primitive.meta('maintenance');
        if (managed !== undefined && !isTrue(managed, true)) {
          yield { where: cib.place(managed.element), why: `${primitive.id} has is-managed=${managed.value}.` };
        } else if (maintained !== undefined && isTrue(maintained, false)) {
          yield { where: cib.place(maintained.element), why: `${primitive.id} has maintenance=${maintained.value}.` };
        }
      }
    }),
  },
  {
    code: 'HF-LINT-SWITCHED-OFF',
    title: 'A resource is told to stay stopped',
    severity: 'note',
    danger:
      'target-role=Stopped stays after a restart of the cluster; what depends on the resource stays down with it.',
    remedy: 'Remove target-role when the resource shall run.',
    source: 'Pacemaker Explained, target-role',
    find: overCib(function* (cib) {
      for (const primitive of cib.primitives) {
        const role = primitive.meta('target-role');
        if (role === undefined || isFencingDevice(primitive) || !isSwitchedOff(primitive)) continue;
        yield { where: cib.place(role.element), why: `${primitive.id} has target-role ${role.value}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-STANDBY',
    title: 'A node takes nothing over',
    severity: 'warning',
    danger: 'A node in standby or maintenance is no second node: the next fault has nowhere to go.',
    remedy: 'Run `crm_standby --node NODE --delete`, or `crm_attribute --node NODE --name maintenance --delete`.',
    source: 'Pacemaker Explained, node attributes',
    find: overCib(function* (cib) {
      for (const { name, attributes } of cib.nodes) {
        for (const attribute of ['standby', 'maintenance']) {
          const setting = attributes.get(attribute);
          if (setting === undefined || !isTrue(setting, false)) continue;
          yield { where: cib.place(setting.element), why: `${name} has ${attribute}=${setting.value}.` };
        }
      }
    }),
  },
  {
    code: 'HF-LINT-MOVE-LEFT',
    title: 'A constraint that a move by hand left behind',
    severity: 'warning',
    danger:
      'What `move` or `ban` wrote stays for ever: a node remains forbidden, or wins over every other, and the next failover has nowhere to go.',
    remedy: 'Run `crm_resource --resource RESOURCE --clear`.',
    source: 'crm_resource(8), --ban, --move and --clear',
    find: overCib(function* (cib) {
      for (const each of cib.constraints) {
        if (each.kind !== 'location' || !/^cli-(ban|prefer|standby)-/.test(each.id)) continue;
        const what = /^cli-prefer/.test(each.id) ? 'bound to' : 'kept off';
        yield {
          where: cib.place(each.element),
          why: `${each.resources.join(', ')} is ${what} ${each.node ?? 'a node'} by ${each.id}.`,
          ...(each.resources[0] === undefined
            ? {}
            : { remedy: `Run \`crm_resource --resource ${each.resources[0]} --clear\`.` }),
          ...(each.temporary ? { severity: 'note' } : {}),
        };
      }
    }),
  },
];

function* switchedOn(cib: CibView, name: string, consequence: string): Iterable<Found> {
  const setting = property(cib, name);
  if (setting === undefined || !isTrue(setting, false)) return;
  yield { where: cib.place(setting.element), why: `${name} is ${setting.value}: ${consequence}.` };
}
