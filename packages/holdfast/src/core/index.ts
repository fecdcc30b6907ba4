export { type Clock, systemClock } from './clock.ts';
export { type ErrorCode, errorCodes } from './codes.ts';
export { type ErrorSource, HoldfastError, type Problem, type SourceLocation } from './errors.ts';
export type { ProgressEvent, ProgressSink } from './progress.ts';
