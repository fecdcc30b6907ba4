import type { HostSpec } from '../patterns/index.ts';
import { type Facts, factsOf } from './facts.ts';
import type { Plan } from './plan.ts';
import { qdeviceCertificatePath, wasConfigured } from './plan-cluster.ts';
import type { PlanInput } from './plan-input.ts';
import { disableSbd } from './plan-sbd.ts';
import { planUnits } from './plan-units.ts';
import { type Step, stageOf } from './step.ts';

/**
 * What has to be done so that no cluster configuration is left on the machines. Packages, the file system with the state and the
 * workloads themselves stay; the workloads are left stopped and disabled, because two nodes that start them would write twice.
 */
export function planRemoval({ site, blueprint, facts }: Pick<PlanInput, 'site' | 'blueprint' | 'facts'>): Plan {
  const { members } = blueprint.cluster;
  const running = members.filter((member) => factsOf(facts, member).cluster.kind === 'running');
  const hadCluster = members.some((member) => factsOf(facts, member).cluster.kind !== 'none');
  const steps: Step[] = [
    ...(running.length > 0 && wasConfigured(facts, members)
      ? [{ kind: 'stop-resources', members: running } as const]
      : []),
    ...(hadCluster ? [{ kind: 'remove-cluster', members } as const] : []),
    ...blueprint.hosts.flatMap((spec) => [
      ...stopServices(spec, facts),
      ...disableSbd(spec.name, facts),
      ...removeFiles(spec.name, facts),
    ]),
  ];
  return {
    site: site.name,
    steps: steps.toSorted((a, b) => stageOf(a) - stageOf(b)),
    problems: [],
    notes: [],
    disruption: running.length > 0 ? 'outage' : 'none',
    acceptedRisks: [],
    objectiveSeconds: site.objectives.rtoMs / 1000,
    cibChanges: [],
    proposedCib: '',
  };
}

/** The quorum device and its host; Corosync and Pacemaker are stopped together by remove-cluster. */
function stopServices(spec: HostSpec, facts: Facts): readonly Step[] {
  const services = spec.units.filter(({ unit, running }) => running === true && unit.startsWith('corosync-'));
  const stopped = services.map(({ unit }) => ({ unit, enabled: false, running: false }));
  return planUnits({ ...spec, units: stopped }, factsOf(facts, spec.name), false);
}

function removeFiles(host: string, facts: Facts): readonly Step[] {
  const { record, files: found } = factsOf(facts, host);
  const certificate = found[qdeviceCertificatePath]?.kind === 'file' ? [qdeviceCertificatePath] : [];
  const files = [...record.files, ...certificate];
  if (files.length === 0) return [];
  const below = (directory: string) => files.some((path) => path.startsWith(directory));
  return [
    ...files.map((path): Step => ({ kind: 'remove-file', host, path })),
    ...(below('/etc/systemd/system/') ? [{ kind: 'daemon-reload', host, after: 'removal' } as const] : []),
    ...(below('/usr/local/share/ca-certificates/')
      ? [{ kind: 'update-ca-certificates', host, after: 'removal' } as const]
      : []),
    { kind: 'forget', host },
  ];
}
