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
  /** The same after a member was lost: the others first elect who decides. */
  election: 1_000,
  /** The fence agent starts, asks, switches off and sees the node off. */
  fenceOff: 2_500,
  /** It also switches on again and sees the node on. */
  fenceOn: 1_000,
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
