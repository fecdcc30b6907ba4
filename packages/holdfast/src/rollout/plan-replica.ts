import { bytesInWords } from '../core/index.ts';
import {
  dataBytes,
  drbdKernelOf,
  freshnessOf,
  generationsIn,
  isNewGeneration,
  knowWhatDiffers,
  leastDiskBytes,
  metadataBytes,
  relationOf,
} from '../engines/drbd/index.ts';
import type { ReplicaEnd, ReplicaSpec } from '../patterns/index.ts';
import { patience } from '../site/index.ts';
import { describeContent } from './device-content.ts';
import { type DeviceFact, factsOf, type HostFacts, type HostRecord, type ReplicaFact } from './facts.ts';
import { anyHasResources } from './plan-cluster.ts';
import { type DevicePlan, deviceInUse, deviceMissing, holdsData } from './plan-devices.ts';
import type { PlanInput } from './plan-input.ts';
import * as problem from './replica-problems.ts';
import type { Step } from './step.ts';

type Block = Extract<DeviceFact, { kind: 'block' }>;

/** One end of the replica with what is known of it. */
interface EndFacts extends ReplicaEnd {
  readonly facts: HostFacts;
  readonly block: Block;
  readonly replica: ReplicaFact;
}

/**
 * What has to be done so that two disks are one replicated device with a file system. A disk without DRBD's notes gets them only
 * when it is empty, when we were making them and were interrupted before anything served, or when the user has named it together
 * with what it holds: DRBD would overwrite its end, and the first copy all of it. A disk that has notes is taken as it is.
 */
export function planReplica(input: PlanInput): DevicePlan<Step> {
  const { replica: spec } = input.blueprint;
  if (spec === undefined) return nothing;
  const missing = spec.ends.filter(({ host, disk }) => factsOf(input.facts, host).devices[disk]?.kind !== 'block');
  const ends = spec.ends.flatMap((end): EndFacts[] => {
    const facts = factsOf(input.facts, end.host);
    const block = facts.devices[end.disk];
    return block?.kind === 'block' && facts.replica !== undefined
      ? [{ ...end, facts, block, replica: facts.replica }]
      : [];
  });
  const [first, second] = ends;
  const modules = ends.flatMap(withoutModule);
  if (first === undefined || second === undefined || modules.length > 0) {
    return { ...nothing, problems: [...missing.map(({ host, disk }) => deviceMissing(disk, host)), ...modules] };
  }
  const wasServing = anyHasResources(input.facts, input.blueprint.cluster.members);
  const fresh = ends.filter((end) => !hasNotes(end));
  const problems = [
    ...tooSmall(first, second),
    ...tooSmall(second, first),
    ...fresh.flatMap((end) => cannotTake(spec, end, fresh, input, wasServing)),
    ...apart(first, second),
  ];
  if (problems.length > 0) return { ...nothing, problems };
  const plan = stepsFor(spec, [first, second], fresh, wasServing, input);
  return { ...plan, notes: [...plan.notes, ...notesOn([first, second], fresh, plan.steps)] };
}

const nothing: DevicePlan<Step> = { steps: [], problems: [], notes: [], formatting: [] };

function stepsFor(
  spec: ReplicaSpec,
  ends: readonly [EndFacts, EndFacts],
  fresh: readonly EndFacts[],
  wasServing: boolean,
  input: PlanInput,
): DevicePlan<Step> {
  const hosts = [ends[0].host, ends[1].host] as const;
  const of = { hosts, resource: spec.resource, minor: spec.minor };
  const blank = ends.filter((end) => !holdsGeneration(end));
  const seeds = blank.length === 2;
  const noted = ends.flatMap(({ facts }) => facts.record.formatting).find(({ device }) => device === spec.device)?.uuid;
  const fileSystem = planFileSystem(spec, ends, { seeds, noted, wasServing }, input);
  if (fileSystem.problems.length > 0) return fileSystem;
  const uuid = noted ?? input.fileSystemUuid;
  // Where a cluster serves already, it starts and connects DRBD by itself; before, nobody else does.
  const joins = blank.length > 0 || (!wasServing && !ends.every(isConnected));
  const copies = seeds
    ? !(fresh.length === 2 && fresh.every(isEmpty))
    : blank.length === 1 || ends.some(isCopying) || ((joins || ends.every(isConnected)) && ends.some(isHalfCopied));
  const disks = [ends[0].disk, ends[1].disk] as const;
  const awaitSync = { kind: 'await-sync', ...of, disks, patience: patience(input.site) } as const;
  const steps: Step[] = [
    ...fresh.map((end): Step => {
      const step = { kind: 'make-replica-end', host: end.host, resource: spec.resource, disk: end.disk } as const;
      return isEmpty(end) ? step : { ...step, destroys: describeContent(end.block.content) };
    }),
    ...(joins ? [{ kind: 'join-replica', ...of } as const] : []),
    ...(seeds ? [{ kind: 'seed-replica', ...of, copies } as const] : []),
    ...fileSystem.steps,
    ...(copies ? [awaitSync] : []),
  ];
  const begun = fresh.map(({ disk }) => ({ device: disk, uuid }));
  return { ...fileSystem, steps, formatting: [...begun, ...fileSystem.formatting] };
}

/** A file system is made on a replica that has just been begun, or where we were interrupted while making it. */
function planFileSystem(
  spec: ReplicaSpec,
  ends: readonly EndFacts[],
  known: { readonly seeds: boolean; readonly noted: string | undefined; readonly wasServing: boolean },
  input: PlanInput,
): DevicePlan<Step> {
  const uuid = known.noted ?? input.fileSystemUuid;
  const make = {
    kind: 'make-replica-file-system',
    hosts: [ends[0]?.host ?? '', ends[1]?.host ?? ''],
    resource: spec.resource,
    device: spec.device,
    filesystem: spec.filesystem,
    uuid,
  } as const;
  const formatting = [{ device: spec.device, uuid }];
  if (known.seeds) return { ...nothing, steps: [make], formatting };
  const found = ends.find((end) => holdsGeneration(end) && end.replica.fileSystem !== undefined)?.replica.fileSystem;
  const content = found === undefined ? 'unknown' : `${found.type}:${found.uuid}`;
  const isNamed = input.mayFormat.some(
    (each) =>
      each.device === spec.device &&
      each.content === content &&
      (each.host === undefined || ends.some(({ host }) => host === each.host)),
  );
  if (found?.type === spec.filesystem && !isNamed) return nothing;
  if (isNamed) return { ...nothing, steps: [{ ...make, destroys: content }], formatting };
  if (found === undefined && known.noted !== undefined && !known.wasServing) {
    return { ...nothing, steps: [make], formatting };
  }
  return {
    ...nothing,
    problems: [holdsData({ path: spec.device, filesystem: spec.filesystem }, ends[0]?.host ?? '', content, undefined)],
  };
}

function isCopying(end: EndFacts): boolean {
  return /^(SyncTarget|SyncSource|PausedSync[ST]|WFBitMap[ST])$/.test(replicationOf(end));
}

/** A copy onto it was begun, and is not complete, whether it goes on just now or not. */
function isHalfCopied({ replica: { report } }: EndFacts): boolean {
  return freshnessOf(report ?? undefined) === 'half-copied';
}

function isConnected({ replica }: EndFacts): boolean {
  return replica.report?.kind === 'up' && replica.report.status.connection === 'Connected';
}

/** DRBD's own notes at the end of the disk. */
function hasNotes(end: EndFacts): boolean {
  const { content } = end.block;
  return (content.kind === 'signature' && content.type === 'drbd') || generationsIn(end.replica.report) !== undefined;
}

/** Data, and not only notes that were just made. Where they cannot be read yet, they may be of anything. */
function holdsGeneration(end: EndFacts): boolean {
  const generations = generationsIn(end.replica.report);
  return generations === undefined ? hasNotes(end) : !isNewGeneration(generations);
}

function isEmpty({ block }: EndFacts): boolean {
  return block.content.kind === 'empty';
}

function withoutModule({ host, facts, replica }: EndFacts): DevicePlan['problems'] {
  if (replica.moduleVersion === undefined) return [problem.noModule(host, facts.kernel)];
  return drbdKernelOf(replica.moduleVersion) === undefined ? [problem.otherModule(host, replica.moduleVersion)] : [];
}

/** For DRBD at all, or, where it has no data yet, for those of the other one. */
function tooSmall(end: EndFacts, other: EndFacts): DevicePlan['problems'] {
  const { host, disk } = end;
  const bytes = end.block.sizeBytes;
  const least = leastDiskBytes + metadataBytes(leastDiskBytes);
  if (bytes < least) return [problem.tooSmall(host, disk, bytes, least)];
  const usedBytes = other.replica.usedBytes ?? 0;
  if (holdsGeneration(end) || !holdsGeneration(other) || dataBytes(bytes) >= usedBytes) return [];
  return [problem.smallerThanData({ host, disk, bytes }, { host: other.host, disk: other.disk, usedBytes })];
}

function cannotTake(
  spec: ReplicaSpec,
  end: EndFacts,
  fresh: readonly EndFacts[],
  input: PlanInput,
  wasServing: boolean,
): DevicePlan['problems'] {
  const { host, disk, block } = end;
  if (block.mountedAt !== undefined || block.holders.length > 0) return [deviceInUse(disk, host, block)];
  if (isEmpty(end)) return [];
  const wasBegun = wasNoted(end.facts.record, disk) && block.content.kind === 'unknown' && !wasServing;
  const content = describeContent(block.content);
  // Two disks of one image hold the same by the same name: then the word for one is none for the other.
  const isAlone = !fresh.some(
    (each) => each !== end && each.disk === disk && describeContent(each.block.content) === content,
  );
  const isNamed = input.mayFormat.some(
    (each) =>
      each.device === disk && each.content === content && (each.host === undefined ? isAlone : each.host === host),
  );
  if (wasBegun || isNamed) return [];
  return [problem.holdsOtherData(spec, host, disk, content)];
}

function wasNoted({ formatting }: HostRecord, disk: string): boolean {
  return formatting.some(({ device }) => device === disk);
}

/** Two histories that DRBD could not bring together: it would stay apart, and one side's data must be given up by a person. */
function apart(one: EndFacts, other: EndFacts): DevicePlan['problems'] {
  const relation = relationOf(one.replica.report, other.replica.report);
  if (relation === 'split-brain')
    return [problem.splitBrain(one, other, knowWhatDiffers(one.replica.report, other.replica.report))];
  return relation === 'unrelated' ? [problem.unrelated(one, other)] : [];
}

function notesOn(
  [one, other]: readonly [EndFacts, EndFacts],
  fresh: readonly EndFacts[],
  steps: readonly Step[],
): readonly string[] {
  const [small, large] = one.block.sizeBytes <= other.block.sizeBytes ? [one, other] : [other, one];
  const apartBytes = large.block.sizeBytes - small.block.sizeBytes;
  const pairs = [[one, other] as const, [other, one] as const];
  return [
    ...(apartBytes === 0
      ? []
      : [
          `${small.disk} of ${small.host} is smaller than ${large.disk} of ${large.host}: ${bytesInWords(apartBytes)} of that one stay unused.`,
        ]),
    ...pairs.flatMap(([end, peer]) => {
      if (isTarget(end, peer)) return [copyInWords(end, peer)];
      if (isDetached(end) && !fresh.includes(end)) {
        return [`DRBD has let ${end.disk} of ${end.host} go, as it does after an error: nothing is written to it.`];
      }
      if (!isHalfCopied(end) || steps.some(({ kind }) => kind === 'await-sync')) return [];
      return [
        `${end.disk} of ${end.host} is half copied, and the two are not connected: the copy goes on by itself when they are. Until it is complete, only ${peer.host}'s data are good, and nothing can be moved.`,
      ];
    }),
  ];
}

function isTarget(end: EndFacts, peer: EndFacts): boolean {
  return isCopying(end)
    ? /T(arget)?$/.test(replicationOf(end))
    : /S(ource)?$/.test(replicationOf(peer)) && isCopying(peer);
}

function replicationOf({ replica: { report } }: EndFacts): string {
  return report?.kind === 'up' ? report.status.replication : 'Off';
}

function isDetached({ replica: { report } }: EndFacts): boolean {
  return report?.kind === 'up' && /^(Diskless|Failed|Detaching)$/.test(report.status.disk);
}

function copyInWords({ host, replica }: EndFacts, peer: EndFacts): string {
  const reports = [replica.report, peer.replica.report];
  const [progress] = reports.flatMap((report) => (report?.kind === 'up' ? (report.status.progress ?? []) : []));
  const at = progress === undefined ? '' : ` at ${progress.percent.toFixed(0)} %`;
  return `A copy onto ${host} is on its way${at}: until it is complete, only ${peer.host}'s data are good, and nothing can be moved.`;
}
