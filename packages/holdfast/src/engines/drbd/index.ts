export { type Generations, isNewGeneration, type Kinship, kinship, readGenerations } from './generations.ts';
export { type DrbdReport, drbdStatusCommand, readDrbdReport } from './report.ts';
export {
  type DrbdKernel,
  type DrbdNode,
  type DrbdResource,
  type DrbdTiming,
  drbdKernelOf,
  leastDiskBytes,
  metadataBytes,
} from './resource.ts';
export type { DiskState, DrbdRole, DrbdStatus } from './status.ts';
export { drbdLossMs, drbdTiming } from './timing.ts';
export { drbdGlobalConf, drbdSecretFile, writeDrbdResource } from './write-resource.ts';
