import type { JournalEntry } from './journal.ts';

/** What an entry says of a thing that only one node may have: it is about to begin, has begun, is about to end, has ended. */
type Mark = 'starting' | 'started' | 'ending' | 'ended';

/** A thing that only one node may have at a time, and how a journal tells of it. */
export interface ExclusiveThing {
  /** What a node has of it: "the state mounted". */
  readonly words: string;
  markOf(entry: JournalEntry): Mark | undefined;
  /** A start that nothing announced took no time; otherwise it may have begun whenever the thing was last known to be gone. */
  readonly startsAtOnce: boolean;
}

/** systemd's catalogue of messages about a unit. Source: systemd, src/systemd/sd-messages.h. */
export const messageIds = {
  starting: '7d4958e842da4a758f6c1cdc7b36dcc5',
  started: '39f53479d3a045ac8e11786248231fbf',
  stopping: 'de5b426a63be47a7b6ac3eaac82e2f6f',
  stopped: '9d1aaa27d60140bd96365438aad20286',
  startFailed: 'be02cf6855d2428ba40df7e9d022f03d',
  processExited: '98e322203f7a4ed290d09fe03c09fe15',
  ended: '7ad2d189f7e94e70a38c781354912448',
  endedFailed: 'd9b373ed55a64feb8242e02dbe79a49c',
} as const;

const unitMarks: Readonly<Record<string, Mark>> = {
  [messageIds.starting]: 'starting',
  [messageIds.started]: 'started',
  [messageIds.stopping]: 'ending',
  [messageIds.processExited]: 'ending',
  [messageIds.stopped]: 'ended',
  [messageIds.startFailed]: 'ended',
  [messageIds.ended]: 'ended',
  [messageIds.endedFailed]: 'ended',
};

/** A workload, by what systemd itself says of its unit. */
export function workloadUnit(name: string, unit: string): ExclusiveThing {
  return {
    words: `the workload ${name}`,
    markOf: (entry) => (entry.unit === unit ? unitMarks[entry.messageId ?? ''] : undefined),
    // A unit of Type=simple is only ever said to be started.
    startsAtOnce: true,
  };
}

/**
 * The mounted state or the virtual address: systemd is silent on a mount(8) or an address that it did not make, so this is
 * read from the node's own executor, which notes when it calls the agent and when the agent is done. A start or a stop that
 * failed leaves it open whether the node has the thing.
 *
 * Source: pacemaker, daemons/controld/controld_execd.c, `do_lrm_rsc_op` and `log_executor_event`.
 */
export function clusterResource(id: string, words: string): ExclusiveThing {
  return {
    words,
    markOf({ host, identifier, message }) {
      if (identifier !== 'pacemaker-controld') return undefined;
      const text = `operation for ${id} on ${host}`;
      if (message.includes(`Requesting local execution of start ${text}`)) return 'starting';
      if (message.includes(`Requesting local execution of stop ${text}`)) return 'ending';
      if (says(message, `Result of start ${text}: ok`)) return 'started';
      if (says(message, `Result of stop ${text}: ok`)) return 'ended';
      return undefined;
    },
    startsAtOnce: false,
  };
}

/** Pacemaker 2.1 writes `ok`, 3.0 `OK`. */
function says(message: string, words: string): boolean {
  return message.toLowerCase().includes(words.toLowerCase());
}
