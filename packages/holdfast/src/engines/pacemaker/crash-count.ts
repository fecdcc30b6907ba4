/**
 * How Pacemaker counts crashes that are pushed to it (`crm_resource --fail`): the first adds one to the fail count, each further
 * one two, because the changed operation stands in the status twice (`…_last_0` and `…_last_failure_0`) and the controller
 * counts both changes (process_graph_event in daemons/controld/controld_te_events.c; measured with Pacemaker 2.1.5).
 * A poll that finds the same crash before the recovery adds one more, so that a move may come one crash early, never late.
 */
export function failCountAfter(crashes: number): number {
  return 2 * crashes - 1;
}

/** The crashes after which the fail count has reached `failCount`: the inverse of `failCountAfter`. */
export function crashesUntil(failCount: number): number {
  return Math.ceil((failCount + 1) / 2);
}
