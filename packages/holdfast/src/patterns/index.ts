export { activeGroupId, workloadId } from './active-passive/active-group.ts';
export { compile } from './active-passive/compile.ts';
export { fencingWorks, shootsWithoutWitness } from './active-passive/fence-primitives.ts';
export { fenceHeadStartMs, priorityFencingDelayMs, qdeviceTimeoutMs } from './active-passive/timing.ts';
export type * from './blueprint.ts';
