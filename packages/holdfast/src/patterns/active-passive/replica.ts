import {
  type DrbdKernel,
  type DrbdResource,
  drbdGlobalConf,
  drbdSecretFile,
  drbdTiming,
  writeDrbdResource,
} from '../../engines/drbd/index.ts';
import type { Clone, Constraint, Operation } from '../../engines/pacemaker/index.ts';
import { type DrbdState, drbdSecret, type Site } from '../../site/index.ts';
import { type AgentTexts, agentPaths } from '../../workloads/index.ts';
import type { FileSpec, ReplicaSpec, UnitSpec } from '../blueprint.ts';
import { activeGroupId } from './active-group.ts';
import { fencingWorks } from './fence-devices.ts';

/** The clone that is promoted on the active node, and the resource in it. */
export const replicaCloneId = 'replica';
export const replicaResourceId = 'drbd';

const promoteTimeoutMs = 90_000;
/** How long the handler lets a promotion wait for the cluster's word: shorter than the promotion itself, which then says why it failed. */
const fencePeerWaitsMs = 60_000;

/** DRBD's own name for the resource. A site has one. */
const resourceName = 'state';
const minor = 0;

/** What DRBD shall keep the same; undefined where both nodes see one device. */
export function drbdResource(site: Site): DrbdResource | undefined {
  const { state } = site;
  if (state.type !== 'drbd') return undefined;
  return {
    name: resourceName,
    minor,
    nodes: [drbdNode(site, state, 0), drbdNode(site, state, 1)],
    timing: drbdTiming(site.timing),
    fencePeer: [
      agentPaths.fencePeer,
      replicaCloneId,
      ...site.nodes.map(({ name }) => name),
      fencePeerWaitsMs / 1000,
    ].join(' '),
    ...(state.integrity === undefined ? {} : { integrityAlgorithm: state.integrity }),
  };
}

/** The chosen link first; the others are what DRBD 9 can fall back on. */
function drbdNode({ nodes }: Site, { disks, link, port }: DrbdState, index: 0 | 1): DrbdResource['nodes'][0] {
  const { name, links } = nodes[index];
  const chosen = links[link] ?? links[0];
  return { name, disk: disks[index], addresses: [chosen, ...links.filter((each) => each !== chosen)], port };
}

export function replicaSpec(site: Site): ReplicaSpec | undefined {
  if (site.state.type !== 'drbd') return undefined;
  const [first, second] = site.nodes;
  const { disks, device, filesystem } = site.state;
  return {
    resource: resourceName,
    minor,
    device,
    filesystem,
    ends: [
      { host: first.name, disk: disks[0] },
      { host: second.name, disk: disks[1] },
    ],
  };
}

/** Both nodes have the same files, each in the dialect of its own kernel. */
export function replicaFiles(site: Site, kernel: DrbdKernel, agents: AgentTexts): FileSpec[] {
  const resource = drbdResource(site);
  if (resource === undefined) return [];
  return [
    // Before the file that names it.
    { path: agentPaths.fencePeer, mode: 0o755, content: { kind: 'text', text: agents.fencePeer }, onChange: [] },
    {
      path: '/etc/drbd.d/global_common.conf',
      mode: 0o644,
      content: { kind: 'text', text: drbdGlobalConf },
      onChange: [],
    },
    {
      path: '/etc/drbd.d/holdfast-secret.res',
      mode: 0o600,
      content: { kind: 'secret', secret: drbdSecret, encoding: 'utf8', around: drbdSecretFile },
      onChange: ['adjust-replica'],
    },
    {
      path: `/etc/drbd.d/${resourceName}.res`,
      mode: 0o644,
      content: { kind: 'text', text: writeDrbdResource(resource, kernel) },
      onChange: ['adjust-replica'],
    },
  ];
}

/** The cluster starts DRBD; its own service would do so behind its back. The package loads the module at boot. */
export function replicaUnits(site: Site): UnitSpec[] {
  return site.state.type === 'drbd' ? [{ unit: 'drbd.service', enabled: false, running: 'any' }] : [];
}

/** Timeouts are those that the agent itself advises (ocf:linbit:drbd meta-data). */
export function replicaClone(site: Site): Clone[] {
  if (site.state.type !== 'drbd') return [];
  const operation = (name: Operation['name'], timeoutMs: number, more: Partial<Operation> = {}): Operation => ({
    name,
    intervalMs: 0,
    timeoutMs,
    ...more,
  });
  return [
    {
      kind: 'clone',
      id: replicaCloneId,
      promotable: true,
      meta: {
        'promoted-max': '1',
        'promoted-node-max': '1',
        'clone-max': '2',
        'clone-node-max': '1',
        // The agent learns from it that the other end comes or goes.
        notify: 'true',
      },
      member: {
        kind: 'primitive',
        id: replicaResourceId,
        class: 'ocf',
        provider: 'linbit',
        type: 'drbd',
        // A constraint of the fence handler that nobody took back would keep a good passive node from taking over.
        attributes: { drbd_resource: resourceName, unfence_if_all_uptodate: 'true' },
        // A promotion that fails, as long as nobody knows whose data are the newest, must not stop DRBD: its notes are what a person needs.
        meta: { 'migration-threshold': 'INFINITY' },
        operations: [
          operation('start', 240_000),
          operation('promote', promoteTimeoutMs),
          operation('demote', 90_000),
          operation('notify', 90_000),
          operation('stop', 100_000, { onFail: fencingWorks(site) ? 'fence' : 'block' }),
          // Each updates the score by which the cluster knows whose data are good.
          operation('monitor', 20_000, { intervalMs: 10_000, role: 'Promoted' }),
          operation('monitor', 20_000, { intervalMs: 20_000, role: 'Unpromoted' }),
        ],
      },
    },
  ];
}

/** The group runs where DRBD is primary, and after it. */
export function replicaConstraints(site: Site): Constraint[] {
  if (site.state.type !== 'drbd') return [];
  return [
    {
      kind: 'colocation',
      id: `${activeGroupId}-with-${replicaCloneId}`,
      resource: activeGroupId,
      with: replicaCloneId,
      withRole: 'Promoted',
      score: 'INFINITY',
    },
    {
      kind: 'order',
      id: `${replicaCloneId}-before-${activeGroupId}`,
      first: replicaCloneId,
      firstAction: 'promote',
      next: activeGroupId,
    },
    ...(site.witness?.kind === 'member'
      ? [
          {
            kind: 'location',
            id: `${replicaCloneId}-never-on-${site.witness.name}`,
            resource: replicaCloneId,
            node: site.witness.name,
            score: '-INFINITY',
            discovery: 'never',
          } as const,
        ]
      : []),
  ];
}
