export { activeGroupId, workloadId } from './active-passive/active-group.ts';
export { compile, type Dialects } from './active-passive/compile.ts';
export {
  fencingWorks,
  type NodeDevice,
  nodeDevices,
  selfFencedMs,
  shootsWithoutWitness,
  switchingDevices,
  watchdogOf,
} from './active-passive/fence-devices.ts';
export { witnessFenceId } from './active-passive/fence-primitives.ts';
export { reachAttribute, reachId, reachPingId } from './active-passive/reach.ts';
export { drbdResource, replicaCloneId, replicaResourceId } from './active-passive/replica.ts';
export {
  dcDeadtimeMs,
  fenceHeadStartMs,
  priorityFencingDelayMs,
  qdeviceTimeoutMs,
  reachGapMs,
  reachScore,
  reachTimeoutMs,
  reachTimes,
  transitionDelayMs,
} from './active-passive/timing.ts';
export type * from './blueprint.ts';
