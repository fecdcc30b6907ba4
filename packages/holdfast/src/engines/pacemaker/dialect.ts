import type { CrashCounting } from './crash-count.ts';

/** What the versions of Pacemaker do differently, as far as the configuration depends on it. */
export interface PacemakerDialect {
  /** How a crash is counted: the threshold at which a workload moves. */
  readonly crashCounting: CrashCounting;
  readonly watchdogWait: WatchdogWait;
}

/**
 * Whether the wait for a watchdog in a level counts into the time after which a whole fencing is given up: since 2.1.6 it does
 * (daemons/fenced/fenced_remote.c, `get_op_total_timeout`). Before, only the timeouts of the devices that are asked count, and a watchdog
 * after a level that has failed is given up before it can have bitten, again and again.
 */
export type WatchdogWait = 'counted' | 'uncounted';
