import { type Blueprint, type HostSpec, watchdogOf } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { agentNames } from './check-fencing.ts';
import type { FactsRequest } from './facts-script.ts';
import { qdeviceCertificatePath } from './plan-cluster.ts';
import { sha256 } from './secret-digests.ts';

/** What has to be known about one machine to plan for it. */
export function factsRequest(site: Site, blueprint: Blueprint, spec: HostSpec): FactsRequest {
  const isNode = spec.role === 'node';
  const isMember = blueprint.cluster.members.includes(spec.name);
  const replica = blueprint.replica;
  const end = replica?.ends.find(({ host }) => host === spec.name);
  const usesQnetd = blueprint.cluster.qnetd?.nodes.includes(spec.name) === true;
  return {
    packages: spec.packages,
    textFiles: spec.files.flatMap(({ path, content }) =>
      content.kind === 'text' ? [{ path, sha256: sha256(content.text) }] : [],
    ),
    opaqueFiles: [
      ...spec.files.flatMap(({ path, content }) => (content.kind === 'secret' ? [path] : [])),
      ...(usesQnetd ? [qdeviceCertificatePath] : []),
    ],
    units: spec.units.map(({ unit }) => unit),
    workloadUnits: isNode ? site.workloads.map(({ unit }) => unit) : [],
    devices: spec.devices.map(({ path }) => path),
    mountPoints: isNode ? [site.state.mountPoint] : [],
    ...(replica === undefined || end === undefined
      ? {}
      : { replica: { resource: replica.resource, minor: replica.minor, disk: end.disk } }),
    ...(isMember ? { fenceAgents: agentNames(site) } : {}),
    ...watchdogRequest(site, spec),
    ...(isMember && isNode ? { virtualAddress: site.address.ip } : {}),
  };
}

function watchdogRequest(site: Site, { name }: HostSpec): Pick<FactsRequest, 'watchdog'> {
  const node = site.nodes.find((each) => each.name === name);
  const watchdog = node === undefined ? undefined : watchdogOf(site, node);
  return watchdog === undefined ? {} : { watchdog: watchdog.device };
}
