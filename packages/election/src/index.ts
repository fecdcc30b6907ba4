export type { Loss } from './core/machine.ts';
export { CLOCK_MARGIN, MAX_CLOCK_RATE_ERROR, ROUND_TRIPS_IN_A_LEASE } from './core/timings.ts';
export { type Change, election, type Term } from './election.ts';
export { ELECTION_CODES, type ElectionCode, ElectionError } from './errors.ts';
export { lead } from './lead.ts';
export type { ElectionOptions } from './options.ts';
export type { LeaseStore, Versioned, WriteResult } from './store.ts';
