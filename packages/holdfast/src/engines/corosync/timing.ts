/**
 * How often knet pings each link, and how long without an answer until the link is down: a quarter and a half of the token, so
 * that one dead link is passed over (at most 3/4 of the token) before the token is lost with it. These are also what Corosync
 * computes for knet_pong_count 2 (corosync.conf(5), `knet_ping_interval`); written out so that they are seen.
 */
export function linkHeartbeat(tokenMs: number): { intervalMs: number; timeoutMs: number } {
  return { intervalMs: Math.floor(tokenMs / 4), timeoutMs: Math.floor(tokenMs / 2) };
}
