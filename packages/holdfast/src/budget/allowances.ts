/**
 * What each action may take on machines that are not overloaded, in milliseconds. Bounds, not medians: a drill that takes
 * longer than the sum is shown as such. Assumed for nodes with SSDs and a healthy journal; every drill measures them, and
 * docs/benchmarks.md holds what was measured.
 */
export const allowancesMs = {
  /** systemd starts the crash notifier, which tells Pacemaker. */
  crashNotice: 500,
  /** Pacemaker plans and sends the first action. */
  decision: 500,
  /**
   * The controller waits this long after every change of membership, before it asks what to do: its own updates of the CIB are
   * still on their way (`do_pe_invoke_callback` in daemons/controld/controld_schedulerd.c). Not an assumption, and not a setting.
   */
  controllerPause: 1_000,
  /** The fence agent starts, asks, switches off and sees the node off. */
  fenceOff: 2_500,
  /** The vote of qnetd travels and is counted. */
  qnetdVote: 500,
  unmount: 1_000,
  /** With the replay of a journal. */
  mount: 1_000,
  addressDown: 300,
  addressUp: 500,
  /** A healthy workload ends when it is asked to. */
  workloadStop: 1_000,
  /** Until its probe is answered for the first time. */
  workloadStart: 1_500,
  /** A client that had no answer tries again, through its ARP cache and the network. */
  clientRetry: 500,
} as const;
