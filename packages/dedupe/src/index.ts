export {
  type Dedupe,
  dedupe,
  type LocalDedupe,
  type RemoteDedupe,
  type TransactionalDedupe,
  type Verdict,
} from './dedupe.ts';
export { DEDUPE_CODES, type DedupeCode, DedupeError } from './errors.ts';
export type { DedupeEvent, DedupeStatus, SourceStatus } from './events.ts';
export type { DedupeOptions } from './options.ts';
export type {
  Clock,
  LocalMarks,
  LocalStore,
  RemoteMarks,
  RemoteStore,
  TransactionalStore,
  Window,
} from './store.ts';
export type { Forget, MarkTable } from './table/mark-table.ts';
