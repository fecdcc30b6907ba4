import type { Allowance } from '../core/index.ts';

/**
 * What is assumed, because nobody configures it; the calls of fence agents stand beside the agents (fencing/). Bounds that hold
 * in 99 of 100 cases on machines with SSDs that are not overloaded, not medians. "The failover drills" are the fifty of
 * docs/benchmarks.md, "the catalogue drills" those of its catalogue in containers; recorded-drills.test.ts holds the sums against both.
 */
export const allowances = {
  crashNotice: {
    ms: 150,
    what: 'systemd starts the crash notifier, and `crm_resource --fail` tells the cluster',
    measured: 'process-crash in the catalogue drills: noticed after 0.05 s at the median, 0.10 s at most',
  },
  leftGroup: {
    ms: 200,
    what: 'Corosync tells the others that a process has left its group',
    measured: 'not yet measured alone; a message takes one turn of the token',
  },
  election: {
    ms: 500,
    what: 'if the lost node led, the others elect another one and join it',
    measured:
      'power-cut in the failover drills: 0.6 s at the median from the new membership to the end of the fencing, this included',
  },
  decision: {
    ms: 150,
    what: 'the scheduler plans, and the first action reaches its node',
    measured: 'one run of the scheduler takes 0.03 s on the computer of the failover drills',
  },
  moveOrder: {
    ms: 150,
    what: 'the order to move reaches the cluster',
    measured: 'planned-move in the catalogue drills: 0.98 s in all at the median, 1.15 s at most',
  },
  qnetdVote: {
    ms: 500,
    what: 'the vote of qnetd travels and is counted',
    measured: 'not yet measured',
  },
  agentCall: {
    ms: 100,
    what: 'an agent finds that there is nothing left to stop',
    measured: 'process-crash in the catalogue drills: 0.45 s in all at the median, 0.56 s at most',
  },
  workloadStop: {
    ms: 300,
    what: 'a healthy workload ends when it is asked to',
    measured:
      'the ledger, in planned-move of the catalogue drills: from the order until the state is mounted on the other node 0.59 s at the median, 0.76 s at most',
  },
  addressDown: {
    ms: 150,
    what: 'the address is taken away',
    measured: 'planned-move in the catalogue drills, as above',
  },
  unmount: {
    ms: 300,
    what: 'the file system is written out and unmounted',
    measured: 'planned-move in the catalogue drills, as above',
  },
  mount: {
    ms: 300,
    what: 'a file system that was unmounted is mounted',
    measured: 'planned-move in the catalogue drills, as above',
  },
  mountReplay: {
    ms: 1_000,
    what: 'a file system that was not unmounted is mounted: its journal is replayed',
    measured: 'power-cut in the failover drills: 0.14 s at the median, with a small journal',
  },
  promote: {
    ms: 500,
    what: 'DRBD makes the disk of this node the one that is written',
    measured: '1.0 s without the handler on the emulated machines, some ten times slower',
  },
  demote: { ms: 300, what: 'DRBD gives that up', measured: '1.3 s on the emulated machines, some ten times slower' },
  fenceHandler: {
    ms: 500,
    what: 'the fence handler of DRBD asks the cluster, and forbids the other node to be promoted',
    measured: '1.2 s on the emulated machines of docs/benchmarks.md, which are some ten times slower',
  },
  drbdNotify: {
    ms: 250,
    what: 'the ends of DRBD are told that something will be done or was done, and the cluster waits for them',
    measured:
      '0.4 to 1.7 s on the emulated machines, some ten times slower: a run of the agent, which after each change asks DRBD and sets its score',
  },
  drbdStop: {
    ms: 300,
    what: 'DRBD lets its peer and its disk go',
    measured: '2.2 s on the emulated machines, some ten times slower',
  },
  drbdStart: {
    ms: 1_000,
    what: 'the module is loaded and the disk attached',
    measured: '4 s without the wait for the peer on the emulated machines, some ten times slower',
  },
  addressUp: {
    ms: 300,
    what: 'the address is set and announced (ARP)',
    measured: 'power-cut in the failover drills: 0.13 s at the median, 0.48 s in the slowest',
  },
  workloadStart: {
    ms: 500,
    what: 'the workload starts, until its probe is answered',
    measured:
      'the ledger: in planned-move of the catalogue drills 0.26 s at the median, in power-cut of the failover drills 0.32 s. Another workload: see the phases of its drill',
  },
  clientRetry: {
    ms: 250,
    what: 'a client that had no answer tries again',
    measured: 'the client of drills gives up a connection after 0.25 s',
  },
} as const satisfies Readonly<Record<string, Allowance>>;

export type AllowanceName = keyof typeof allowances;
