/** The library behind the command: every verb is a thin wrapper over these. */
export * from './budget/index.ts';
export * from './core/index.ts';
// Both drill and Pacemaker have operations; those of a drill are the ones that users of the library read.
export type { Operation } from './drill/index.ts';
export * from './drill/index.ts';
export * from './engines/corosync/index.ts';
export * from './engines/pacemaker/index.ts';
export * from './fencing/index.ts';
export * from './hosts/index.ts';
export * from './lab/index.ts';
export * from './observe/index.ts';
export * from './patterns/index.ts';
export * from './report/index.ts';
export * from './rollout/index.ts';
export * from './secrets/index.ts';
export * from './site/index.ts';
export * from './workloads/index.ts';
