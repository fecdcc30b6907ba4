import {
  address,
  type CibParts,
  cib,
  clone,
  daemon,
  type Example,
  filesystem,
  given,
  group,
  operation,
  primitive,
  replicated,
  service,
  set,
} from './configurations.fixture.ts';

function pair(bad: CibParts, good: CibParts = {}): Example {
  return { bad: given(cib(bad)), good: given(cib(good)) };
}

/** The daemon of the service has those operations. */
function operations(bad: string, good?: string): Example {
  return pair(
    { resources: service({ daemon: daemon({ operations: bad }) }) },
    good === undefined ? {} : { resources: service({ daemon: daemon({ operations: good }) }) },
  );
}

const monitor = operation('daemon', 'monitor', { interval: '10s' });
const shallow = operation('state', 'monitor', { interval: '20s', timeout: '40s' });
const stopsIn = (timeout: string) => ({
  resources: service({ filesystem: filesystem({ operations: operation('state', 'stop', { timeout }) + shallow }) }),
});
const startsIn = (timeout: string) => ({
  resources: service({ filesystem: filesystem({ operations: operation('state', 'start', { timeout }) + shallow }) }),
});

export const operationExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-STOP-TIMEOUT-SHORT': pair({ properties: { 'stonith-enabled': 'false' }, ...stopsIn('15s') }, stopsIn('60s')),
  'HF-LINT-START-TIMEOUT-FATAL': pair(
    { properties: { 'start-failure-is-fatal': 'true' }, defaults: { 'failure-timeout': '' }, ...startsIn('15s') },
    { properties: { 'start-failure-is-fatal': 'true' }, ...startsIn('60s') },
  ),
  'HF-LINT-TIMEOUT-SHORT': pair({
    resources: service({
      filesystem: filesystem({ operations: operation('state', 'monitor', { interval: '20s', timeout: '5s' }) }),
    }),
  }),
  'HF-LINT-MONITOR-NONE': operations(''),
  'HF-LINT-MONITOR-NEVER-RUNS': operations(operation('daemon', 'monitor', { interval: '0s' })),
  'HF-LINT-MONITOR-ROLE': {
    bad: given(replicated({ monitors: operation('drbd', 'monitor', { interval: '20s' }) })),
    good: given(replicated()),
  },
  'HF-LINT-MONITOR-SAME-INTERVAL': {
    bad: given(
      replicated({
        monitors:
          operation('drbd', 'monitor', { interval: '20s', role: 'Promoted' }) +
          operation('drbd', 'monitor', { interval: '20s' }),
      }),
    ),
    good: given(replicated()),
  },
  'HF-LINT-ON-FAIL-IGNORE': operations(monitor + operation('daemon', 'stop', { 'on-fail': 'ignore' })),
  'HF-LINT-ON-FAIL-BLOCK': operations(monitor + operation('daemon', 'stop', { 'on-fail': 'block' })),
  'HF-LINT-ON-FAIL-FENCE': {
    bad: given(
      cib({
        properties: { 'stonith-enabled': 'false' },
        resources: service({
          daemon: daemon({ operations: monitor + operation('daemon', 'stop', { 'on-fail': 'fence' }) }),
        }),
      }),
    ),
    good: operations(monitor, monitor + operation('daemon', 'stop', { 'on-fail': 'fence' })).good,
  },
};

const prefers = (score: string) => `<rsc_location id="prefers" rsc="active" node="alpha" score="${score}"/>`;

export const recoveryExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-MOVES-BACK': pair(
    { defaults: { 'resource-stickiness': '0' }, constraints: prefers('200') },
    { constraints: prefers('200') },
  ),
  'HF-LINT-NO-STICKINESS': pair({ defaults: { 'resource-stickiness': '' } }),
  'HF-LINT-CRASHES-WITHOUT-END': pair({ defaults: { 'migration-threshold': '' } }),
  'HF-LINT-BARRED-FOR-GOOD': pair({ defaults: { 'failure-timeout': '' } }),
  'HF-LINT-FAILURES-FORGOTTEN': pair({ defaults: { 'failure-timeout': '15s' } }),
  'HF-LINT-START-FAILURE-FATAL': pair(
    { properties: { 'start-failure-is-fatal': 'true' }, defaults: { 'failure-timeout': '' } },
    { properties: { 'start-failure-is-fatal': 'true' } },
  ),
  'HF-LINT-RUNS-NOWHERE': pair(
    { properties: { 'symmetric-cluster': 'false' }, resources: daemon() },
    {
      properties: { 'symmetric-cluster': 'false' },
      resources: daemon(),
      constraints: prefers('100').replace('active', 'daemon'),
    },
  ),
  'HF-LINT-MULTIPLE-ACTIVE': pair({ resources: service({ daemon: daemon({ meta: { 'multiple-active': 'block' } }) }) }),
  'HF-LINT-ONE-JOB-AT-A-TIME': pair({ properties: { 'batch-limit': '1' } }, { properties: { 'batch-limit': '0' } }),
  'HF-LINT-SLOW-START': operations(operation('daemon', 'monitor', { interval: '10s', 'start-delay': '30s' })),
};

const order = '<rsc_order id="first-one" first="one" then="two"/>';
const together = '<rsc_colocation id="both" rsc="two" with-rsc="one" score="INFINITY"/>';
const two = primitive('one', 'ocf:pacemaker:Dummy') + primitive('two', 'ocf:pacemaker:Dummy');
const clones = (interleave: string) =>
  clone('first', primitive('one', 'ocf:pacemaker:Dummy'), { interleave: 'true' }) +
  clone('second', primitive('two', 'ocf:pacemaker:Dummy'), { interleave });
const clonesInOrder = '<rsc_order id="clones" first="first" then="second"/>';
const promoted =
  '<rsc_colocation id="with-promoted" rsc="active" with-rsc="drbd-clone" with-rsc-role="Promoted" score="INFINITY"/>';
const afterPromotion =
  '<rsc_order id="promote-first" first="drbd-clone" first-action="promote" then="active" then-action="start"/>';

export const arrangementExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-CONSTRAINT-DANGLING': pair(
    { resources: two, constraints: order.replace('then="two"', 'then="tow"') },
    { resources: two, constraints: order },
  ),
  'HF-LINT-CONSTRAINT-NODE': pair(
    { constraints: prefers('200').replace('"alpha"', '"alfa"') },
    { constraints: prefers('200') },
  ),
  'HF-LINT-ID-TWICE': pair({
    resources:
      group('one-group', primitive('one', 'ocf:pacemaker:Dummy')) +
      group('other-group', primitive('one', 'ocf:pacemaker:Dummy')),
  }),
  'HF-LINT-ORDER-WITHOUT-COLOCATION': pair(
    { resources: two, constraints: order },
    { resources: two, constraints: order + together },
  ),
  'HF-LINT-COLOCATION-WITHOUT-ORDER': pair(
    { resources: two, constraints: together },
    { resources: two, constraints: order + together },
  ),
  'HF-LINT-CLONE-NOT-INTERLEAVED': pair(
    { resources: clones('false'), constraints: clonesInOrder },
    { resources: clones('true'), constraints: clonesInOrder },
  ),
  'HF-LINT-NO-NOTIFY': { bad: given(replicated({ clone: { notify: 'false' } })), good: given(replicated()) },
  'HF-LINT-NOT-PROMOTABLE': { bad: given(replicated({ clone: { promotable: 'false' } })), good: given(replicated()) },
  'HF-LINT-TWO-PROMOTED': { bad: given(replicated({ clone: { 'promoted-max': '2' } })), good: given(replicated()) },
  'HF-LINT-CLONED-FILESYSTEM': pair(
    { resources: clone('everywhere', filesystem({ parameters: { device: '/dev/drbd0' } })) },
    { resources: filesystem({ parameters: { device: '/dev/drbd0' } }) },
  ),
  'HF-LINT-DRBD-APART': { bad: given(replicated({ constraints: afterPromotion })), good: given(replicated()) },
  'HF-LINT-DRBD-UNORDERED': { bad: given(replicated({ constraints: promoted })), good: given(replicated()) },
};

const unit = primitive('daemon', 'systemd:press');

export const agentExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-ADDRESS-NONE': pair(
    { resources: group('active', filesystem() + unit) },
    { resources: group('active', address() + unit) },
  ),
  'HF-LINT-ADDRESS-APART': pair({ resources: address() + daemon() }),
  'HF-LINT-ADDRESS-NO-NIC': pair({ resources: service({ address: address({ nic: '', cidr_netmask: '' }) }) }),
  'HF-LINT-FILESYSTEM-DEPTH': pair({ resources: service({ filesystem: filesystem({ operations: shallow }) }) }),
  'HF-LINT-FILESYSTEM-UNMOUNT': pair({
    resources: service({ filesystem: filesystem({ parameters: { force_unmount: 'false' } }) }),
  }),
  'HF-LINT-FILESYSTEM-FSCK': pair({
    resources: service({ filesystem: filesystem({ parameters: { run_fsck: 'no' } }) }),
  }),
  'HF-LINT-FILESYSTEM-DEVICE-NAME': pair({
    resources: service({ filesystem: filesystem({ parameters: { device: '/dev/sdb1' } }) }),
  }),
};

export const optionExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-PROPERTY-UNKNOWN': pair(
    { properties: { 'no-quorum-polcy': 'freeze' } },
    { properties: { 'no-quorum-policy': 'freeze' } },
  ),
  'HF-LINT-META-UNKNOWN': pair(
    { resources: service({ daemon: daemon({ meta: { 'migration-treshold': '1' } }) }) },
    { resources: service({ daemon: daemon({ meta: { 'migration-threshold': '1' } }) }) },
  ),
  'HF-LINT-PROPERTY-VALUE': pair(
    { properties: { 'maintenance-mode': 'ture' } },
    { properties: { 'maintenance-mode': 'true' } },
  ),
  'HF-LINT-OBSOLETE': pair({ properties: { 'default-resource-stickiness': '100' } }),
  'HF-LINT-REMOVE-AFTER-STOP': pair(
    { properties: { 'remove-after-stop': 'true' } },
    { properties: { 'remove-after-stop': 'false' } },
  ),
};

const standby = { alpha: set('instance_attributes', 'alpha-attributes', { standby: 'on' }) };

export const leftoverExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-MAINTENANCE': pair(
    { properties: { 'maintenance-mode': 'true' } },
    { properties: { 'maintenance-mode': 'false' } },
  ),
  'HF-LINT-ALL-STOPPED': pair({ properties: { 'stop-all-resources': 'true' } }),
  'HF-LINT-UNMANAGED': pair({ resources: service({ daemon: daemon({ meta: { 'is-managed': 'false' } }) }) }),
  'HF-LINT-SWITCHED-OFF': pair({ resources: service({ daemon: daemon({ meta: { 'target-role': 'Stopped' } }) }) }),
  'HF-LINT-STANDBY': pair(
    { nodeAttributes: standby },
    { nodeAttributes: { alpha: standby.alpha.replace('value="on"', 'value="off"') } },
  ),
  'HF-LINT-MOVE-LEFT': pair({
    constraints: '<rsc_location id="cli-ban-active-on-alpha" rsc="active" node="alpha" score="-INFINITY"/>',
  }),
};
