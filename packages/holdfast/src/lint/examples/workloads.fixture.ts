import { sites } from '../../patterns/active-passive/sites.fixture.ts';
import {
  cib,
  clone,
  daemon,
  type Example,
  given,
  group,
  host,
  primitive,
  service,
  siteWith,
} from './configurations.fixture.ts';

const probe = (bad: string, good: string): Example => ({
  bad: siteWith('press.service', bad),
  good: siteWith('press.service', good),
});

/** The unit that the cluster manages, as the machines have it. */
function machines(
  bad: Parameters<typeof host>[1],
  good: Parameters<typeof host>[1],
  other: Parameters<typeof host>[1] = good,
): Example {
  return {
    bad: { ...given(cib()), hosts: [host('alpha', other), host('bravo', bad)] },
    good: { ...given(cib()), hosts: [host('alpha', good), host('bravo', good)] },
  };
}

const [workload] = sites.memberWitnessSite.workloads;
const asked = (timeoutMs: number): Example['bad'] => ({
  files: [],
  site: {
    file: 'site.yaml',
    site: {
      ...sites.memberWitnessSite,
      workloads: [{ ...workload, probe: { kind: 'tcp', host: '127.0.0.1', port: 80, intervalMs: 2000, timeoutMs } }],
    },
  },
});

export const healthExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-HEALTH-ACTIVE-ONLY': {
    bad: given(cib({ resources: service({ daemon: primitive('daemon', 'systemd:press') }) })),
    good: given(cib({ resources: service({ daemon: daemon() }) })),
  },
  'HF-LINT-PROBE-IS-ACTIVE': probe('systemctl is-active --quiet press', 'press-cli ping'),
  'HF-LINT-PROBE-ALWAYS-GOOD': probe('press-cli ping || true', 'press-cli ping'),
  'HF-LINT-PROBE-EMPTY': probe('! press-cli components | grep BROKEN', 'press-cli components | grep -q RUNNING'),
  'HF-LINT-PROBE-NO-TIME-LIMIT': { bad: asked(9000), good: asked(1000) },
};

export const workloadExamples: Readonly<Record<string, Example>> = {
  'HF-LINT-WORKLOAD-ACKNOWLEDGES-EARLY': { bad: siteWith('greengrass.service'), good: siteWith('press.service') },
  'HF-LINT-WORKLOAD-REBOOTS': { bad: siteWith('greengrass.service'), good: siteWith('press.service') },
  'HF-LINT-WORKLOAD-OUTSIDE-STATE': { bad: siteWith('postgresql.service'), good: siteWith('press.service') },
  'HF-LINT-UNIT-ENABLED': machines({ 'press.service': { fileState: 'enabled' } }, { 'press.service': {} }),
  'HF-LINT-UNIT-RESTARTS': machines({ 'press.service': { restart: 'always' } }, { 'press.service': {} }),
  'HF-LINT-UNIT-DIFFERS': machines({ 'press.service': { textDigest: 'd2' } }, { 'press.service': {} }),
  'HF-LINT-UNIT-CLUSTER-OFF': machines(
    { 'pacemaker.service': { fileState: 'disabled' } },
    { 'pacemaker.service': { fileState: 'enabled' } },
  ),
  'HF-LINT-SINGLE-WORKLOAD-CLONED': {
    bad: given(cib({ resources: clone('everywhere', primitive('daemon', 'systemd:greengrass')) })),
    good: given(cib({ resources: group('active', primitive('daemon', 'systemd:greengrass')) })),
  },
};
