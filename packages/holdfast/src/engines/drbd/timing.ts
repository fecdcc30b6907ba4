import type { DrbdTiming } from './resource.ts';

/**
 * DRBD's times from Corosync's, so that neither waits for the other.
 *
 * - A dead peer is missed by DRBD (`ping-int` + `ping-timeout`) within the time in which Corosync agrees on it (token + consensus);
 *   then a takeover never waits for DRBD, and the writes of a node that lost its passive peer are not held longer than the fencing takes.
 *   `ping-int` has whole seconds, the least is one: below a token of about 0.5 s it is DRBD that is slower.
 * - `ping-timeout` is as patient as the token: a pause that Corosync forgives must not cost the replication either.
 * - `timeout` must be below `ping-int` and `connect-int` (drbd.conf(5)); both writers are judged by drbdadm.
 * - `ko-count` × `timeout`: a passive node that still answers pings but whose disk does not write is given up after about six
 *   seconds, about what one bad sector costs a disk that is still good.
 */
export function drbdTiming(cluster: {
  readonly tokenMs: number;
  /** How many times slower the machines are than a server with an SSD. */
  readonly slowness: number;
}): DrbdTiming {
  const pingIntSeconds = clamp(Math.floor(cluster.tokenMs / 1000), 1, 120);
  const timeoutTenths = pingIntSeconds * 10 - 1;
  return {
    pingIntSeconds,
    pingTimeoutTenths: clamp(Math.ceil(cluster.tokenMs / 100), 1, 300),
    timeoutTenths,
    connectIntSeconds: pingIntSeconds,
    resyncFloorMib: Math.max(1, Math.round(resyncFloorMib / cluster.slowness)),
    koCount: clamp(Math.ceil(60 / timeoutTenths), 2, 200),
  };
}

/** What a server with an SSD spares for a resync while the workload writes, MiB/s. */
const resyncFloorMib = 10;

/** The longest that DRBD takes to notice a peer that is gone, in milliseconds. */
export function drbdLossMs(timing: DrbdTiming): number {
  return timing.pingIntSeconds * 1000 + timing.pingTimeoutTenths * 100;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
