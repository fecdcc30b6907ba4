export { activeGroupId, workloadId } from './active-passive/active-group.ts';
export { compile } from './active-passive/compile.ts';
export type * from './blueprint.ts';
