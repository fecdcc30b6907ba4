export { remedyOf, rowsOf, rowTitles, verdictOf } from './describe-replica.ts';
export { inspectSides, type SideLoss } from './inspect-sides.ts';
export { defaultCopyPath, type KeptCopy } from './keep-copy.ts';
export { type EndView, type ReplicatedSite, type ReplicaView, readReplica, replicatedSite } from './read-replica.ts';
export { planResolution, type Resolution, resolveReplica } from './resolve-replica.ts';
export { type VerifyResult, verifyReplica } from './verify-replica.ts';
