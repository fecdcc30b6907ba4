export { remedyOf, rowsOf, rowTitles, verdictOf } from './describe-replica.ts';
export { inspectEnd, inspectSides, lookOptions, type SideLoss } from './inspect-sides.ts';
export { defaultCopyPath } from './keep-copy.ts';
export { planResolution, type Resolution } from './plan-resolution.ts';
export { goOnWith } from './promote-only.ts';
export { readReplica, replicatedSite } from './read-replica.ts';
export { resolveReplica } from './resolve-replica.ts';
export { banInWords } from './serving-word.ts';
export { verifyReplica } from './verify-replica.ts';
