import { cib, corosync, daemon, type Example, fenceDevice, given, host, service } from './configurations.fixture.ts';

const both = fenceDevice('alpha', { pcmk_delay_base: '5s' }) + fenceDevice('bravo');
const sound = given(cib());

function device(parameters: Readonly<Record<string, string>>): Example['bad'] {
  return given(
    cib({
      fencing: both.replace(
        'name="ip" value="10.0.9.1"/>',
        `name="ip" value="10.0.9.1"/>${Object.entries(parameters)
          .map(([name, value]) => `<nvpair id="extra-${name}" name="${name}" value="${value}"/>`)
          .join('')}`,
      ),
    }),
  );
}

function property(name: string, bad: string, good: string): Example {
  return { bad: given(cib({ properties: { [name]: bad } })), good: given(cib({ properties: { [name]: good } })) };
}

const banned = (resource: string, node: string) =>
  `<rsc_location id="${resource}-${node}" rsc="${resource}" node="${node}" score="-INFINITY"/>`;

export const fencingExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-FENCING-OFF': property('stonith-enabled', 'false', 'true'),
  'HF-LINT-FENCING-NO-DEVICE': { bad: given(cib({ fencing: '' })), good: sound },
  'HF-LINT-FENCING-NODE-UNCOVERED': { bad: given(cib({ fencing: fenceDevice('alpha') })), good: sound },
  'HF-LINT-FENCING-ONLY-BY-ITSELF': {
    bad: given(cib({ constraints: banned('fence-alpha', 'bravo') })),
    good: given(cib({ constraints: banned('fence-alpha', 'alpha') })),
  },
  'HF-LINT-FENCING-LEVEL-DEVICE': {
    bad: given(cib({ topology: '<fencing-level id="l1" target="alpha" index="1" devices="fence-alfa"/>' })),
    good: given(cib({ topology: '<fencing-level id="l1" target="alpha" index="1" devices="fence-alpha"/>' })),
  },
  'HF-LINT-FENCING-HOST-UNKNOWN': { bad: given(cib({ fencing: both + fenceDevice('alfa') })), good: sound },
  'HF-LINT-FENCING-UNMONITORED': {
    bad: given(
      cib({ fencing: fenceDevice('alpha', { pcmk_delay_base: '5s' }) + fenceDevice('bravo', {}, { operations: '' }) }),
    ),
    good: sound,
  },
  'HF-LINT-FENCING-DEVICE-FAILED': { bad: given(withHistory('1')), good: given(withHistory('0')) },
  'HF-LINT-FENCING-WITNESS-AGENT': {
    bad: given(witness('')),
    good: given(witness(banned('active', 'charlie'))),
  },
  'HF-LINT-FENCING-SWITCHED-OFF': {
    bad: given(
      cib({ fencing: fenceDevice('alpha', {}, { meta: { 'target-role': 'Stopped' } }) + fenceDevice('bravo') }),
    ),
    good: sound,
  },
  'HF-LINT-FENCING-TEST-AGENT': {
    bad: given(cib({ fencing: both.replaceAll('fence_ipmilan', 'fence_dummy') })),
    good: sound,
  },
  'HF-LINT-FENCING-RACE': {
    bad: given(cib({ fencing: fenceDevice('alpha') + fenceDevice('bravo') })),
    good: given(
      cib({
        fencing: fenceDevice('alpha') + fenceDevice('bravo'),
        properties: { 'priority-fencing-delay': '5s' },
        resources: service({ daemon: daemon({ meta: { priority: '10' } }) }),
      }),
    ),
  },
  'HF-LINT-FENCING-INSECURE-TLS': { bad: device({ ssl_insecure: '1' }), good: device({ ssl_insecure: '0' }) },
  'HF-LINT-FENCING-PASSWORD': { bad: device({ password: 'word' }), good: device({ password_script: 'cat /etc/word' }) },
  'HF-LINT-FENCING-ACTION-PARAMETER': { bad: device({ action: 'off' }), good: device({ pcmk_reboot_action: 'off' }) },
  'HF-LINT-FENCING-STARTUP-OFF': property('startup-fencing', 'false', 'true'),
  'HF-LINT-FENCING-SERIAL': property('concurrent-fencing', 'no', 'yes'),
  'HF-LINT-FENCING-NOT-AWAITED': {
    bad: given(cib({ resources: daemon({ meta: { requires: 'nothing' } }) })),
    good: given(cib({ resources: daemon({ meta: { requires: 'fencing' } }) })),
  },
};

/** The monitor of a device has ended with that code on bravo. */
function withHistory(code: string): string {
  return cib().replace(
    '<status/>',
    `<status><node_state id="2" uname="bravo"><lrm id="2"><lrm_resources><lrm_resource id="fence-alpha" class="stonith" type="fence_ipmilan"><lrm_rsc_op id="fence-alpha_monitor_0" operation="monitor" call-id="3" rc-code="7" op-status="0"/><lrm_rsc_op id="fence-alpha_last_0" operation="start" call-id="9" rc-code="0" op-status="0"/><lrm_rsc_op id="fence-alpha_monitor_60000" operation="monitor" call-id="11" rc-code="${code}" op-status="0"/></lrm_resource></lrm_resources></lrm></node_state></status>`,
  );
}

function witness(constraints: string): string {
  const device = fenceDevice('charlie').replace('fence_ipmilan', 'fence_holdfast_witness');
  return cib({ nodes: ['alpha', 'bravo', 'charlie'], fencing: both + device, constraints });
}

const watchdog = (timeout: string) =>
  cib({ fencing: '', properties: { 'stonith-watchdog-timeout': timeout, 'have-watchdog': 'true' } });
/** Bravo resets itself; alpha has that score for the device. */
function oneWatchdog(score: string): string {
  return cib({
    properties: { 'stonith-watchdog-timeout': '10s' },
    fencing:
      both + fenceDevice('bravo').replaceAll('fence-bravo', 'watchdog').replace('fence_ipmilan', 'fence_watchdog'),
    constraints: `<rsc_location id="watchdog-alpha" rsc="watchdog" node="alpha" score="${score}"/>`,
  });
}

/** Bravo has a device and then its watchdog, on Pacemaker 2.1.5; the second level is `devices`. */
function watchdogBehind(devices: string): string {
  const level = (index: number, names: string) =>
    `<fencing-level id="l${index}" target="bravo" index="${index}" devices="${names}"/>`;
  return cib({
    properties: { 'stonith-watchdog-timeout': '10s' },
    topology: level(2, devices) + level(1, 'fence-bravo'),
    fencing:
      fenceDevice('alpha') +
      fenceDevice('bravo', { pcmk_reboot_timeout: '20s' }) +
      fenceDevice('bravo').replaceAll('fence-bravo', 'watchdog').replace('fence_ipmilan', 'fence_watchdog'),
    constraints: '<rsc_location id="watchdog-alpha" rsc="watchdog" node="alpha" score="100"/>',
  });
}

const twoNode = corosync({ nodes: ['alpha', 'bravo'], quorum: 'provider: corosync_votequorum\ntwo_node: 1' });
const third = corosync({
  nodes: ['alpha', 'bravo'],
  quorum: 'provider: corosync_votequorum\ndevice {\nmodel: net\nvotes: 1\nnet {\nhost: c\ntls: required\n}\n}',
});
const sbd = (text: string) => `SBD_DEVICE=""\n${text}\n`;

export const watchdogExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-SBD-TIMEOUT-SHORT': {
    bad: given(watchdog('8s'), sbd('SBD_WATCHDOG_TIMEOUT=5')),
    good: given(watchdog('10s'), sbd('SBD_WATCHDOG_TIMEOUT=5')),
  },
  'HF-LINT-SBD-WAIT-CUT': {
    bad: given(watchdogBehind('watchdog')),
    good: given(watchdogBehind('watchdog,fence-bravo')),
  },
  'HF-LINT-SBD-ABSENT': {
    bad: given(cib({ properties: { 'stonith-watchdog-timeout': '10s', 'have-watchdog': 'false' } })),
    good: given(watchdog('10s')),
  },
  'HF-LINT-SBD-LIST-HIDDEN': { bad: given(oneWatchdog('-INFINITY')), good: given(oneWatchdog('100')) },
  'HF-LINT-SBD-TWO-NODES': { bad: given(watchdog('10s'), twoNode), good: given(watchdog('10s'), third) },
  'HF-LINT-SBD-NO-WATCHDOG': {
    bad: {
      ...given(watchdog('10s')),
      hosts: [
        host(
          'alpha',
          { 'sbd.service': { fileState: 'enabled' } },
          { watchdog: { path: '/dev/watchdog', present: false } },
        ),
      ],
    },
    good: {
      ...given(watchdog('10s')),
      hosts: [
        host(
          'alpha',
          { 'sbd.service': { fileState: 'enabled' } },
          { watchdog: { path: '/dev/watchdog', present: true } },
        ),
      ],
    },
  },
  'HF-LINT-SBD-BLIND': { bad: given(sbd('SBD_PACEMAKER=no')), good: given(sbd('SBD_PACEMAKER=yes')) },
  'HF-LINT-SBD-TIMEOUTS-DIFFER': {
    bad: given(sbd('SBD_WATCHDOG_TIMEOUT=5'), sbd('SBD_WATCHDOG_TIMEOUT=15')),
    good: given(sbd('SBD_WATCHDOG_TIMEOUT=5'), sbd('SBD_WATCHDOG_TIMEOUT="5"')),
  },
  'HF-LINT-SBD-UNUSED': { bad: given(watchdog('0')), good: given(watchdog('-1')) },
};
