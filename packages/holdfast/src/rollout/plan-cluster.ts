import { type Cib, type CibChange, diffCib, proposeCib } from '../engines/pacemaker/index.ts';
import { selfFencedMs } from '../patterns/index.ts';
import { type ClusterFact, type Facts, factsOf } from './facts.ts';
import type { PlanInput } from './plan-input.ts';
import { planSbd, watchdogSeconds } from './plan-sbd.ts';
import { runsCluster, stoppedMembers } from './plan-units.ts';
import type { Step } from './step.ts';

export interface ClusterPlan {
  readonly steps: readonly Step[];
  readonly cibChanges: readonly CibChange[];
  /** The whole CIB as it will be. */
  readonly proposedCib: string;
}

/** Steps for Corosync, Pacemaker and the CIB. `pending`: the effects that are due on each host. */
export function planCluster(input: PlanInput, pending: (host: string) => readonly string[]): ClusterPlan {
  const { blueprint, facts } = input;
  const { members, cib, qnetd } = blueprint.cluster;
  const stopped = stoppedMembers(members, blueprint.hosts, (host) => factsOf(facts, host));
  const someRun = stopped.length < members.length;
  const due = (effect: string) => members.some((member) => pending(member).includes(effect));
  const reloads = someRun && due('reload-corosync');
  const sbd = planSbd(input);
  const live = liveCib(facts, members);
  // A member that does not run reads its new configuration when it starts; the others go on undisturbed.
  const isDue = (effect: string) =>
    members.some((member) => runsCluster(factsOf(facts, member)) && pending(member).includes(effect));
  const sbdRestarts = isDue('restart-sbd') || sbd.begins.length > 0;
  const isLast = sbdRestarts && watchdogGrows(input);
  const restarts = isDue('restart-cluster') || (sbdRestarts && !isLast);
  const starts = stopped.length > 0 && !restarts;

  const proposedCib = proposeCib(live?.xml, cib, members);
  // Pacemaker puts the nodes in by itself.
  const cibChanges = diffCib(live?.xml ?? proposeCib(undefined, emptyCib, members), proposedCib);

  const sbdDelayMs = selfFencedMs(input.site);
  const delay = sbdDelayMs === undefined ? {} : { sbdDelayMs };

  const steps: Step[] = [];
  if (restarts) steps.push({ kind: 'restart-cluster', members, isEmpty: !anyHasResources(facts, members), ...delay });
  if (starts) {
    steps.push({ kind: 'start-cluster', hosts: stopped, members, ...delay });
  }
  if (reloads && !restarts) steps.push({ kind: 'reload-corosync', members });
  if (cibChanges.length > 0) {
    const seen = live?.running === true && !restarts ? { seen: live.version } : {};
    steps.push({ kind: 'replace-cib', members, cib, ...seen });
  }
  if (steps.length > 0) steps.push({ kind: 'wait-until-settled', members });
  const last = [
    ...(sbd.ends.length > 0 ? [`SBD ends on ${sbd.ends.join(', ')}`] : []),
    ...(isLast ? ['SBD takes its longer timeout'] : []),
  ];
  if (last.length > 0) {
    steps.push(...sbd.steps, { kind: 'restart-cluster', members, isEmpty: false, last: last.join(' and '), ...delay });
  }
  if (qnetd?.nodes.some((node) => !hasQdeviceCertificate(facts, node))) {
    steps.push({ kind: 'enrol-qdevice', host: qnetd.host, clusterName: qnetd.clusterName, nodes: qnetd.nodes });
  }
  return { steps, cibChanges, proposedCib };
}

/**
 * Whether SBD shall take longer than the cluster that runs believes: Pacemaker ends itself where it finds SBD slower than that
 * (lib/common/watchdog.c of Pacemaker), so there the configuration comes first. A cluster with resources is ours.
 */
export function watchdogGrows({ blueprint, facts }: Pick<PlanInput, 'blueprint' | 'facts'>): boolean {
  const { members, cib } = blueprint.cluster;
  const now = watchdogSeconds(liveCib(facts, members)?.xml ?? '');
  const then = Number.parseInt(cib.properties['stonith-watchdog-timeout'] ?? '0', 10);
  return now > 0 && then > now && anyHasResources(facts, members);
}

/** Made last by corosync-qdevice-net-certutil, so what was interrupted is begun again. */
export const qdeviceCertificatePath = '/etc/corosync/qdevice/net/nssdb/qdevice-net-node.p12';

function hasQdeviceCertificate(facts: Facts, node: string): boolean {
  return factsOf(facts, node).files[qdeviceCertificatePath]?.kind === 'file';
}

const emptyCib: Cib = {
  properties: {},
  resourceDefaults: {},
  operationDefaults: {},
  resources: [],
  constraints: [],
  fencingLevels: [],
  alerts: [],
};

/** The newest configuration: of a member that runs, or else what the members would start with. */
export function liveCib(
  facts: Facts,
  members: readonly string[],
): { readonly xml: string; readonly version: string; readonly running: boolean } | undefined {
  const found = members.flatMap((member) => {
    const { cluster } = factsOf(facts, member);
    if (cluster.kind !== 'running' && cluster.kind !== 'stopped') return [];
    return [{ xml: cluster.cibXml, version: cibVersion(cluster.cibXml), running: cluster.kind === 'running' }];
  });
  const running = found.filter((each) => each.running);
  return (running.length > 0 ? running : found).toSorted((a, b) => -compareVersions(a.version, b.version))[0];
}

/** `admin_epoch.epoch` of a CIB: it grows with each change of the configuration. */
export function cibVersion(xml: string): string {
  const root = /<cib\s[^>]*>/.exec(xml)?.[0] ?? '';
  const number = (name: string) => new RegExp(`\\s${name}="(\\d+)"`).exec(root)?.[1] ?? '0';
  return `${number('admin_epoch')}.${number('epoch')}`;
}

function compareVersions(one: string, other: string): number {
  const [oneAdmin = 0, oneEpoch = 0] = one.split('.').map(Number);
  const [otherAdmin = 0, otherEpoch = 0] = other.split('.').map(Number);
  return oneAdmin - otherAdmin || oneEpoch - otherEpoch;
}

/** Whether any member has resources in the configuration that it runs with or would start with, or does not tell. */
export function anyHasResources(facts: Facts, members: readonly string[]): boolean {
  return members.some((member) => {
    const { cluster } = factsOf(facts, member);
    return cluster.kind === 'silent' || resourcesOf(cluster).length > 0;
  });
}

/** The ids of the resources, in their order. */
export function resourcesOf(cluster: ClusterFact): readonly string[] {
  if (cluster.kind !== 'running' && cluster.kind !== 'stopped') return [];
  return [...cluster.cibXml.matchAll(/<primitive\s[^>]*?\bid="([^"]*)"/g)].map(([, id = '']) => id);
}

/** Whether any member's configuration has resources: then a cluster has served there before. */
export function wasConfigured(facts: Facts, members: readonly string[]): boolean {
  return liveCib(facts, members)?.xml.match(/<primitive\s/) != null;
}
