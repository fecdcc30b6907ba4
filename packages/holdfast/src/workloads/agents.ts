/** The texts of the POSIX sh files under agents/ that go onto nodes. Read once at the edge and passed in, so that compile stays pure. */
export interface AgentTexts {
  /** The OCF resource agent ocf:holdfast:workload. */
  readonly workload: string;
  /** Run by systemd when a workload unit ends: tells Pacemaker at once. */
  readonly crashNotifier: string;
  /** The fence agent for a witness, which has nothing that must be fenced. */
  readonly fenceWitness: string;
  /** The alert agent that switches a fenced node on again. */
  readonly powerOnAgain: string;
  /** DRBD's fence-peer handler. */
  readonly fencePeer: string;
}

/** Where they are installed. */
export const agentPaths = {
  workload: '/usr/lib/ocf/resource.d/holdfast/workload',
  crashNotifier: '/usr/lib/holdfast/crash-notifier',
  // Pacemaker looks for fence agents here, and only for names that begin with `fence_`.
  fenceWitness: '/usr/sbin/fence_holdfast_witness',
  powerOnAgain: '/usr/lib/holdfast/power-on-again',
  fencePeer: '/usr/lib/holdfast/fence-peer',
} as const;
