export { type Clock, systemClock } from './clock.ts';
export { type ErrorCode, errorCodes } from './codes.ts';
export { durationPattern, formatDuration, parseDuration, whichUnit } from './duration.ts';
export { type ErrorSource, HoldfastError, type Problem, type SourceLocation } from './errors.ts';
export { type EventQueue, eventQueue } from './event-queue.ts';
export { nearest } from './nearest.ts';
export type { ProgressEvent, ProgressSink } from './progress.ts';
export { shellQuote } from './shell-quote.ts';
export { renderTable, type TableColumn } from './table.ts';
