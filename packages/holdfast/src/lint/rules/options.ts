import { nearest } from '../../core/index.ts';
import type { Rule } from '../finding.ts';
import { overCib } from '../inputs/cib-questions.ts';
import { milliseconds, score, truth } from '../inputs/pacemaker-values.ts';
import type { Setting } from '../inputs/settings.ts';

/** Names and values that Pacemaker passes over in silence. */
export const optionRules: readonly Rule[] = [
  {
    code: 'HF-LINT-PROPERTY-UNKNOWN',
    title: 'A cluster option that Pacemaker does not know',
    severity: 'warning',
    danger: 'Pacemaker takes any name and reads the ones it knows: what was meant does not hold.',
    remedy: 'Correct the spelling.',
    source: 'include/crm/common/options.h of Pacemaker; Pacemaker Explained, cluster options',
    find: overCib(function* (cib) {
      for (const [name, { element, value }] of cib.properties) {
        const meant = properties.has(name) ? undefined : nearest(name, [...properties]);
        if (meant === undefined || cib.properties.has(meant)) continue;
        yield {
          where: cib.place(element),
          why: `There is no option ${name} (${value} here); ${meant} is one.`,
          remedy: `Write ${meant}.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-META-UNKNOWN',
    title: 'A meta attribute that Pacemaker does not know',
    severity: 'warning',
    danger: 'Pacemaker passes over it: what was meant does not hold.',
    remedy: 'Correct the spelling.',
    source: 'include/crm/common/options.h of Pacemaker; Pacemaker Explained, resource options',
    find: overCib(function* (cib) {
      const own = [...cib.primitives, ...cib.containers].flatMap(({ element }) =>
        element.children
          .filter(({ name }) => name === 'meta_attributes')
          .flatMap(({ children }) => children.filter(({ name }) => name === 'nvpair'))
          .map((pair) => ({ element: pair, name: pair.attributes.name ?? '' })),
      );
      const byDefault = [...cib.resourceDefaults].map(([name, { element }]) => ({ element, name }));
      for (const { element, name } of [...own, ...byDefault]) {
        const meant = name === '' || metaAttributes.has(name) ? undefined : nearest(name, [...metaAttributes]);
        if (meant === undefined) continue;
        yield {
          where: cib.place(element),
          why: `There is no meta attribute ${name}; ${meant} is one.`,
          remedy: `Write ${meant}.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-PROPERTY-VALUE',
    title: 'A value that Pacemaker cannot read',
    severity: 'error',
    danger: 'Pacemaker takes its default instead, and says so in a log only.',
    remedy: 'Write true or false, a time such as 60s, or a whole number.',
    source: 'lib/common/options.c of Pacemaker',
    find: overCib(function* (cib) {
      for (const [name, setting] of cib.properties) {
        const kind = kindOf(name);
        if (kind === undefined || isReadable(kind, setting)) continue;
        yield { where: cib.place(setting.element), why: `${name} is "${setting.value}", which is no ${kind}.` };
      }
      for (const primitive of cib.primitives) {
        for (const name of [
          'resource-stickiness',
          'migration-threshold',
          'failure-timeout',
          'is-managed',
          'notify',
          'promotable',
          'interleave',
          'maintenance',
        ]) {
          const setting = primitive.meta(name);
          const kind = metaKinds[name];
          if (setting === undefined || kind === undefined || isReadable(kind, setting)) continue;
          yield {
            where: cib.place(setting.element),
            why: `${name} of ${primitive.id} is "${setting.value}", which is no ${kind}.`,
          };
        }
        for (const { name, element } of primitive.operations) {
          for (const key of ['interval', 'timeout']) {
            const text = element.attributes[key];
            if (text === undefined || milliseconds(text) !== undefined) continue;
            yield {
              where: cib.place(element),
              why: `${key} of ${name} of ${primitive.id} is "${text}", which is no time.`,
            };
          }
        }
      }
    }),
  },
  {
    code: 'HF-LINT-OBSOLETE',
    title: 'An option that is obsolete',
    severity: 'note',
    danger: 'A later Pacemaker drops it, and with it what it does.',
    remedy: 'Remove it, or use what took its place.',
    source: 'release notes of Pacemaker 2.0, 2.1 and 3.0',
    find: overCib(function* (cib) {
      for (const [name, { element, value }] of cib.properties) {
        const instead = obsolete.get(name);
        if (instead !== undefined)
          yield { where: cib.place(element), why: `${name} (${value} here) is obsolete: ${instead}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-REMOVE-AFTER-STOP',
    title: 'Pacemaker forgets what it stopped',
    severity: 'warning',
    danger: 'remove-after-stop is untested by its own authors, who call it possibly dangerous.',
    remedy: 'Remove the option.',
    source: 'Pacemaker Explained 2.1, remove-after-stop',
    find: overCib(function* (cib) {
      const setting = cib.properties.get('remove-after-stop');
      if (setting === undefined || truth(setting.value) !== true) return;
      yield { where: cib.place(setting.element), why: `remove-after-stop is ${setting.value}.` };
    }),
  },
];

type Kind = 'truth value' | 'time' | 'number' | 'score';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const truths = words(
  'concurrent-fencing enable-acl enable-startup-probes fencing-enabled stonith-enabled have-watchdog maintenance-mode shutdown-lock startup-fencing start-failure-is-fatal stop-all-resources stop-orphan-actions stop-orphan-resources stop-removed-resources cancel-removed-actions symmetric-cluster remove-after-stop is-managed-default',
);
const times = words(
  'cluster-delay cluster-recheck-interval dc-deadtime election-timeout fencing-timeout stonith-timeout fencing-watchdog-timeout stonith-watchdog-timeout join-finalization-timeout join-integration-timeout node-pending-timeout priority-fencing-delay shutdown-escalation shutdown-lock-limit transition-delay',
);
const numbers = words(
  'batch-limit cluster-ipc-limit migration-limit node-action-limit pe-error-series-max pe-input-series-max pe-warn-series-max',
);

/** Pacemaker 1.1 to 3.0. */
const properties: ReadonlySet<string> = new Set([
  ...truths,
  ...times,
  ...numbers,
  ...words(
    'cluster-infrastructure cluster-name dc-version fence-reaction fence-remote-without-quorum fencing-action fencing-max-attempts fencing-reaction stonith-action stonith-max-attempts load-threshold no-quorum-policy node-health-base node-health-green node-health-red node-health-strategy node-health-yellow placement-strategy last-lrm-refresh default-resource-stickiness default-action-timeout default-migration-threshold default-resource-failure-stickiness crmd-transition-delay crmd-finalization-timeout crmd-integration-timeout expected-quorum-votes holdfast-maintenance-since',
  ),
]);

const metaAttributes = words(
  'allow-migrate allow-unhealthy-nodes clone-max clone-min clone-node-max container-attribute-target critical description failure-timeout globally-unique interleave is-managed maintenance master-max master-node-max migration-threshold multiple-active notify ordered priority promotable promoted-max promoted-node-max provides remote-addr remote-allow-migrate remote-connect-timeout remote-node remote-port requires resource-stickiness restart-type target-role resource-failure-stickiness',
);

const metaKinds: Readonly<Record<string, Kind>> = {
  'resource-stickiness': 'score',
  'migration-threshold': 'score',
  'failure-timeout': 'time',
  'is-managed': 'truth value',
  notify: 'truth value',
  promotable: 'truth value',
  interleave: 'truth value',
  maintenance: 'truth value',
};

const obsolete: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'default-resource-stickiness': 'set resource-stickiness among the resource defaults',
    'default-action-timeout': 'set timeout among the operation defaults',
    'default-migration-threshold': 'set migration-threshold among the resource defaults',
    'default-resource-failure-stickiness': 'set migration-threshold',
    'is-managed-default': 'set is-managed among the resource defaults, or maintenance-mode',
    'expected-quorum-votes': 'Corosync counts the votes',
    'crmd-transition-delay': 'it is called transition-delay',
    'stop-orphan-actions': 'Pacemaker 3 always cancels them',
  }),
);

function kindOf(name: string): Kind | undefined {
  if (truths.has(name)) return 'truth value';
  if (times.has(name)) return 'time';
  return numbers.has(name) ? 'number' : undefined;
}

function isReadable(kind: Kind, { value }: Setting): boolean {
  if (kind === 'truth value') return truth(value) !== undefined;
  if (kind === 'time') return milliseconds(value) !== undefined;
  if (kind === 'score') return score(value) !== undefined;
  return /^-?\d+$/.test(value);
}
