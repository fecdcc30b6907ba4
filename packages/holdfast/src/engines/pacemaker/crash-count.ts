/**
 * How Pacemaker counts crashes that are pushed to it (`crm_resource --fail`).
 *
 * Up to 2.1.5 the first adds one to the fail count and each further one two, because the changed operation stands in the status
 * twice (`…_last_0` and `…_last_failure_0`) and the controller counts both changes (process_graph_event in
 * daemons/controld/controld_te_events.c). Since 2.1.6 each adds one (upstream commit a457eb83fe).
 * Both were measured: 2.1.5 on Debian 12, 3.0.0 on Debian 13. A poll that finds the same crash before the recovery adds one more,
 * so that a move may come one crash early, never late.
 */
export type CrashCounting = 'twice' | 'once';

/** The fail count after so many crashes. */
export function failCountAfter(crashes: number, counting: CrashCounting): number {
  return counting === 'twice' ? 2 * crashes - 1 : crashes;
}

/** The crashes after which the fail count has reached `failCount`: the inverse of `failCountAfter`. */
export function crashesUntil(failCount: number, counting: CrashCounting): number {
  return counting === 'twice' ? Math.ceil((failCount + 1) / 2) : failCount;
}
