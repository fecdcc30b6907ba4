import { readFileSync } from 'node:fs';
import type {
  ClusterNode,
  ClusterResource,
  ClusterView,
  ConfigurationView,
  MachineReport,
  ReachableMachine,
  Reading,
  Snapshot,
} from '../../src/observe/index.ts';
import { readSurvey } from '../../src/observe/survey-output.ts';
import { parseSite, type Site } from '../../src/site/index.ts';

const source = new URL('../../src/', import.meta.url);

const pressLine = parseSite(readFileSync(new URL('site/golden/press-line.yaml', source), 'utf8'), {
  file: 'site.yaml',
  readFile: () => '-----BEGIN CERTIFICATE-----',
});

export const site: Site = { ...pressLine, ssh: { configFile: '/home/plant/ssh_config' } };

const { device, filesystem, mountPoint, options } = site.state;

/** The same with two disks that DRBD keeps the same. */
export const replicatedSite: Site = {
  ...site,
  state: {
    type: 'drbd',
    device,
    disks: ['/dev/vdb', '/dev/vdb'],
    link: 1,
    port: 7789,
    filesystem,
    mountPoint,
    options,
  },
};

export function surveyText(name: string): string {
  return readFileSync(new URL(`observe/golden/healthy/${name}.txt`, source), 'utf8');
}

/** What three healthy machines print, understood: alpha serves, bravo stands by, charlie witnesses. */
export function healthySnapshot(): Snapshot {
  const asked = { fromMs: 1_795_228_199_990, toMs: 1_795_228_200_150 };
  const machine = (name: string, role: MachineReport['role']) =>
    readSurvey(surveyText(name), site, { name, role }, asked);
  return {
    site: site.name,
    takenAtMs: asked.fromMs,
    tookMs: 160,
    machines: [machine('alpha', 'node'), machine('bravo', 'node'), machine('charlie', 'member-witness')],
  };
}

/** The same snapshot with one machine's report changed. */
export function withMachine(
  snapshot: Snapshot,
  name: string,
  change: (machine: ReachableMachine) => MachineReport,
): Snapshot {
  return {
    ...snapshot,
    machines: snapshot.machines.map((each) => (each.name === name && each.reachable ? change(each) : each)),
  };
}

export function withoutMachine(snapshot: Snapshot, name: string, why = 'connection timed out'): Snapshot {
  return withMachine(snapshot, name, ({ role }) => ({ name, role, reachable: false, why }));
}

/** The same snapshot with the cluster seen differently by all, or by those named. */
export function withView(
  snapshot: Snapshot,
  change: (view: ClusterView) => ClusterView,
  seenBy: readonly string[] = ['alpha', 'bravo', 'charlie'],
): Snapshot {
  return seenBy.reduce(
    (changed, name) => withMachine(changed, name, (each) => ({ ...each, cluster: mapReading(each.cluster, change) })),
    snapshot,
  );
}

export function withConfiguration(
  snapshot: Snapshot,
  change: (view: ConfigurationView) => ConfigurationView,
): Snapshot {
  return ['alpha', 'bravo', 'charlie'].reduce(
    (changed, name) =>
      withMachine(changed, name, (each) => ({ ...each, configuration: mapReading(each.configuration, change) })),
    snapshot,
  );
}

export function withNode(snapshot: Snapshot, name: string, state: Partial<ClusterNode>): Snapshot {
  return withView(snapshot, (view) => ({
    ...view,
    nodes: view.nodes.map((node) => (node.name === name ? { ...node, ...state } : node)),
  }));
}

export function withResource(snapshot: Snapshot, id: string, state: Partial<ClusterResource>): Snapshot {
  return withView(snapshot, (view) => ({
    ...view,
    resources: view.resources.map((resource) => (resource.id === id ? { ...resource, ...state } : resource)),
  }));
}

export function mapReading<T>(reading: Reading<T>, change: (value: T) => T): Reading<T> {
  return reading.known ? { known: true, value: change(reading.value) } : reading;
}

export const unread = { known: false, why: 'the machine did not answer this question in time' } as const;
