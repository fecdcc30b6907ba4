export { activeGroupId, workloadId } from './active-passive/active-group.ts';
export { compile } from './active-passive/compile.ts';
export { corosyncKeySecret } from './active-passive/machines.ts';
export type * from './blueprint.ts';
