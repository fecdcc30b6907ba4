import type { Rule } from '../finding.ts';
import {
  fileSystems,
  isCloned,
  isPromotable,
  isTrue,
  namesOfResource,
  overCib,
  pairConstraints,
  servingPrimitives,
} from '../inputs/cib-questions.ts';
import type { CibView, Primitive } from '../inputs/cib-view.ts';

/** Promoted and unpromoted, and what must be on one node at a time. */
export const roleRules: readonly Rule[] = [
  {
    code: 'HF-LINT-NO-NOTIFY',
    title: 'A promotable resource that needs to hear of the others, and does not',
    severity: 'error',
    danger:
      'The agent decides by notifications who may be promoted and which peer is outdated; without them it decides on nothing, or refuses to start.',
    remedy: 'Set notify=true on the clone.',
    source: "ocf:linbit:drbd(7), ocf:heartbeat:redis(7), ocf:heartbeat:pgsql(7): the agents' own documentation",
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        const clone = primitive.containers.find(({ kind }) => kind === 'clone');
        if (!needsNotify.has(primitive.agent) || clone === undefined || isTrue(primitive.meta('notify'), false))
          continue;
        yield {
          where: cib.place(clone.element),
          why: `${clone.id} has no notify=true, which ${primitive.agent} needs.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-NOT-PROMOTABLE',
    title: 'A resource with two roles outside a promotable clone',
    severity: 'error',
    danger: 'The agent has nobody to promote: the device stays secondary, and nothing can be mounted.',
    remedy: 'Put it into a clone with promotable=true and notify=true.',
    source: 'ocf:linbit:drbd(7)',
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        if (primitive.agent !== drbd || isPromotable(primitive)) continue;
        yield { where: cib.place(primitive.element), why: `${primitive.id} is in no promotable clone.` };
      }
    }),
  },
  {
    code: 'HF-LINT-TWO-PROMOTED',
    title: 'Two may be promoted with a file system for one',
    severity: 'error',
    danger: 'Two nodes mount the same ext4 or xfs: it is destroyed within minutes.',
    remedy: 'Set promoted-max=1, or use a cluster file system (gfs2, ocfs2) with fencing.',
    source: 'Pacemaker Explained, promoted-max; drbd.conf(5), allow-two-primaries',
    find: overCib(function* (cib) {
      for (const clone of cib.containers) {
        const setting = clone.meta.get('promoted-max') ?? clone.meta.get('master-max');
        if (clone.kind !== 'clone' || setting === undefined || !(Number(setting.value) > 1)) continue;
        const [filesystem] = fileSystems(cib).filter((each) => onOneNode(each) && isTiedTo(cib, each, clone.id));
        const ofDrbd = cib.primitives.some((each) => each.agent === drbd && clone.members.includes(each.id));
        if (filesystem === undefined && (!ofDrbd || fileSystems(cib).some((each) => !onOneNode(each)))) continue;
        yield {
          where: cib.place(setting.element),
          why: `${clone.id} may have ${setting.value} promoted${filesystem === undefined ? '' : `, and ${filesystem.id} is ${filesystem.parameters.get('fstype')?.value ?? 'a file system for one node'}`}.`,
          ...(filesystem === undefined ? { severity: 'warning' } : {}),
        };
      }
    }),
  },
  {
    code: 'HF-LINT-CLONED-FILESYSTEM',
    title: 'A file system for one node in a clone',
    severity: 'error',
    danger: 'Every node mounts it: if they see the same disk, it is destroyed within minutes.',
    remedy: 'Take it out of the clone, or use gfs2, ocfs2 or a network file system.',
    source: 'ocf:heartbeat:Filesystem(7)',
    find: overCib(function* (cib) {
      for (const primitive of fileSystems(cib)) {
        if (!isCloned(primitive) || !onOneNode(primitive) || isBind(primitive)) continue;
        const type = primitive.parameters.get('fstype')?.value;
        const device = primitive.parameters.get('device')?.value ?? 'a device';
        yield {
          where: cib.place(primitive.element),
          why: `${primitive.id} mounts ${device} (${type}) on every node of ${primitive.top}.`,
          // Each node may have a disk of that name of its own.
          ...(device.startsWith('/dev/drbd') ? {} : { severity: 'warning' }),
        };
      }
    }),
  },
  {
    code: 'HF-LINT-DRBD-APART',
    title: 'A file system on DRBD that is not bound to the promoted side',
    severity: 'error',
    danger: 'It is mounted where the device is secondary, which fails, and a failed start bars the node.',
    remedy: 'Colocate the file system, or its group, with the clone in the role Promoted, with score INFINITY.',
    source: 'DRBD User Guide, "Using DRBD in Pacemaker clusters"',
    find: overCib(function* (cib) {
      for (const { filesystem, clone } of onDrbd(cib)) {
        const ties = tiesOf(cib, 'colocation', filesystem, clone.id);
        const sound = ties.some(({ firm, pair }) => firm && /^(promoted|master)$/i.test(pair.beforeWhat ?? ''));
        if (sound) continue;
        const why =
          ties.length === 0
            ? `is not colocated with ${clone.id}`
            : `is colocated with ${clone.id}, but not firmly with its promoted role`;
        yield { where: cib.place(ties[0]?.element ?? filesystem.element), why: `${filesystem.id} ${why}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-DRBD-UNORDERED',
    title: 'A file system on DRBD that does not wait for the promotion',
    severity: 'error',
    danger: 'It is mounted before the device is primary, which fails, and a failed start bars the node.',
    remedy: 'Add an order: first promote the clone, then start the file system or its group.',
    source: 'DRBD User Guide, "Using DRBD in Pacemaker clusters"',
    find: overCib(function* (cib) {
      for (const { filesystem, clone } of onDrbd(cib)) {
        const ties = tiesOf(cib, 'order', filesystem, clone.id);
        if (ties.some(({ firm, pair }) => firm && pair.beforeWhat === 'promote')) continue;
        const why =
          ties.length === 0
            ? `has no order after ${clone.id}`
            : `comes after the start of ${clone.id}, not after its promotion`;
        yield { where: cib.place(ties[0]?.element ?? filesystem.element), why: `${filesystem.id} ${why}.` };
      }
    }),
  },
];

const drbd = 'ocf:linbit:drbd';
const needsNotify: ReadonlySet<string> = new Set([
  drbd,
  'ocf:heartbeat:redis',
  'ocf:heartbeat:pgsql',
  'ocf:heartbeat:pgsqlms',
  'ocf:rabbitmq:rabbitmq-server-ha',
  'ocf:heartbeat:mpathpersist',
]);

/** Mounted by several nodes at once without harm. */
const sharedTypes =
  /^(gfs2?|ocfs2|nfs4?|cifs|smbfs|glusterfs|ceph|fuse.*|lustre|gpfs|tmpfs|none|bind|aznfs|9p|virtiofs|beegfs)$/;

function onOneNode({ parameters }: Primitive): boolean {
  const type = parameters.get('fstype')?.value;
  return type !== undefined && !sharedTypes.test(type);
}

function isBind({ parameters }: Primitive): boolean {
  return /\bbind\b/.test(parameters.get('options')?.value ?? '');
}

function isTiedTo(cib: CibView, primitive: Primitive, clone: string): boolean {
  return tiesOf(cib, 'colocation', primitive, clone).length > 0;
}

/** The constraints of a kind that put a resource behind a clone; `pair` with the clone first. */
function tiesOf(cib: CibView, kind: 'order' | 'colocation', primitive: Primitive, clone: string) {
  const names = namesOfResource(primitive);
  return pairConstraints(cib, kind).flatMap(({ element, firm, pairs }) =>
    pairs
      .filter((pair) => namesOf(cib, clone).includes(pair.before) && names.includes(pair.after))
      .map((pair) => ({ element, firm, pair })),
  );
}

/** Old configurations name the primitive where they mean its clone. */
function namesOf(cib: CibView, clone: string): readonly string[] {
  return [clone, ...(cib.containers.find(({ id }) => id === clone)?.members ?? [])];
}

/** File systems on a DRBD device of which the cluster has exactly one clone: then it is surely that one's. */
function onDrbd(cib: CibView) {
  const devices = cib.primitives.filter(({ agent }) => agent === drbd);
  return fileSystems(cib).flatMap((filesystem) => {
    const device = filesystem.parameters.get('device')?.value ?? '';
    const named = /^\/dev\/drbd\/by-res\/([^/]+)/.exec(device)?.[1];
    const candidates =
      named === undefined
        ? devices
        : devices.filter(({ parameters }) => parameters.get('drbd_resource')?.value === named);
    const clone = candidates[0]?.containers.find(({ kind }) => kind === 'clone');
    return /^\/dev\/drbd/.test(device) && candidates.length === 1 && clone !== undefined && !isCloned(filesystem)
      ? [{ filesystem, clone }]
      : [];
  });
}
