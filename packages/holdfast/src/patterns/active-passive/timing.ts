import type { Site } from '../../site/index.ts';

/** The times that this pattern sets itself, in one place: the CIB and the budget are both made from them. Milliseconds. */

/** Two nodes without a witness would shoot each other at once: killing the first node waits this long. */
export const fenceHeadStartMs = 3_000;
/**
 * And killing the node that serves waits this long, so that it wins over the idle one. At least twice the static delay, to
 * which it is added (`priority-fencing-delay` in Pacemaker's own metadata).
 */
export const priorityFencingDelayMs = 6_000;
/**
 * How long a fencing device may take to answer when it is set up, and whenever it is checked. A takeover that comes while a dead one
 * is set up waits for both, its start and its first check.
 */
export const deviceStartMs = 20_000;
/**
 * How long fencing may take before Pacemaker tries again, where no device has a time of its own. A watchdog alone is waited for within
 * 1.2 times this (daemons/fenced/fenced_remote.c, `get_op_total_timeout`).
 */
export function stonithTimeoutMs(selfFencedMs = 0): number {
  return Math.max(60_000, selfFencedMs);
}
/** How long a node that boots waits for others before it elects itself. Pacemaker's 20 s would be part of every cold start. */
export const dcDeadtimeMs = 5_000;

/** Long enough for an update of the CIB to go round a busy cluster; part of every reaction. */
export const transitionDelayMs = 100;

/** By so much the time of a whole fencing is longer than its parts, where Holdfast has to lengthen it. */
export const countedMarginMs = 5_000;

/** How long a fenced node stays off before it is switched on again: the takeover goes first. */
export const powerOnDelayMs = 5_000;

/** How often state and address are looked at: a second line, as both are seldom lost without their node. */
export const stateMonitorMs = 20_000;
export const addressMonitorMs = 10_000;
/**
 * What `reach` names is pinged so often, with two packets, each given up after so long. All nodes notice a dead target within one
 * interval of each other, and the dampening is longer than that: so it counts as lost for all of them at once, and nothing moves.
 */
const reachMonitorMs = 1_000;
export const reachGapMs = 200;
export const reachTimeoutMs = 500;
const reachDampenMs = 1_500;

/** On slow machines less often, and the answers are given more time to differ: a ping there costs more, and comes later. */
export function reachTimes({ timing: { slowness } }: Site) {
  return { monitorMs: reachMonitorMs * slowness, dampenMs: reachDampenMs * slowness };
}
/** More than the stickiness of every resource together, less than Pacemaker's infinity (1,000,000) times eight. */
export const reachScore = 100_000;

/** A workload without a probe is only asked whether it is active, and its end is pushed: seldom is enough. */
export const unprobedMonitorMs = 10_000;

/** What starting the agent's shell may add to a probe, before Pacemaker gives up the whole check. */
export const monitorOverheadMs = 5_000;

/** The agent kills a workload that has not stopped by then at two thirds of the operation's timeout: this leaves all of its time. */
export function workloadStopOperationMs(stopTimeoutMs: number): number {
  return Math.ceil((stopTimeoutMs * 1.5) / 1000) * 1000;
}

/**
 * How long votequorum waits for corosync-qdevice. The heartbeat to qnetd is 0.8 of it (qdevices/qdevice-net-instance.c), and at
 * Corosync's default of 10 s qnetd would miss a dead node only after 12 s. Two and a half tokens are no more eager than Corosync.
 */
export function qdeviceTimeoutMs(tokenMs: number): number {
  return Math.min(10_000, Math.max(2_500, 2.5 * tokenMs));
}

/** The same while the membership changes: how long the cluster waits for the vote of qnetd. Three times, as Corosync's defaults. */
export function qdeviceSyncTimeoutMs(tokenMs: number): number {
  return 3 * qdeviceTimeoutMs(tokenMs);
}
