export {
  type DiskNotes,
  dataBytes,
  deviceBytesFor,
  type Freshness,
  freshnessOf,
  readAgreedBytes,
  sectorBytes,
} from './disk-notes.ts';
export {
  type Generations,
  generationsIn,
  isNewGeneration,
  type Kinship,
  knowWhatDiffers,
  relationOf,
} from './generations.ts';
export { type DrbdReport, drbdStatusCommand, readDrbdReport } from './report.ts';
export {
  type DrbdKernel,
  type DrbdResource,
  drbdKernelOf,
  leastDiskBytes,
  metadataBytes,
} from './resource.ts';
export { type DiskState, type DrbdStatus, diskAt } from './status.ts';
export { drbdLossMs, drbdTiming } from './timing.ts';
export { progressInWords, watchCopy } from './watch-copy.ts';
export { drbdGlobalConf, drbdSecretFile, writeDrbdResource } from './write-resource.ts';
