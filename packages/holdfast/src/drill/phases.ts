import { type JournalEntry, withoutLevel } from './evidence/index.ts';
import { type FaultName, faultNames } from './fault-names/index.ts';
import type { Phase, PhaseName } from './types.ts';

export interface PhaseContext {
  readonly fault: FaultName;
  readonly faultAtMs: number;
  /** Nothing later belongs to this outage. */
  readonly untilMs: number;
  /** The node the fault was done to. */
  readonly node: string;
  /** The node that serves afterwards: the same one after a restart in place. */
  readonly newNode: string | undefined;
  /** The id of the workload's resource in the cluster. */
  readonly workloadResource: string;
  readonly firstAcknowledgedAtMs: number | null;
}

interface Reader {
  readonly phase: Exclude<PhaseName, 'first-acknowledged-write'>;
  readonly faults: readonly FaultName[];
  readonly identifier: string;
  readonly matches: (message: string, context: PhaseContext) => boolean;
  /** The attacked node may say the same of the others: then its word does not count. */
  readonly notFrom?: 'attacked-node';
}

const processFaults: readonly FaultName[] = ['process-crash', 'process-hang', 'crash-loop', 'slow-start'];
const nodeLosses: readonly FaultName[] = [
  'power-cut',
  'passive-power-cut',
  'witness-loss',
  'kernel-panic',
  'corosync-kill',
  'network-cut',
  'asymmetric-cut',
  'witness-loss-then-power-cut',
  'fencing-dead-then-power-cut',
];

/** Every message a phase is read from, as Pacemaker 2.1 and Corosync 3.1 log it at the level that reaches the journal. */
const readers: readonly Reader[] = [
  {
    // corosync, exec/totemsrp.c, timer_function_orf_token_timeout
    phase: 'detected',
    faults: nodeLosses,
    identifier: 'corosync',
    matches: (message) => message.includes('A processor failed, forming new configuration'),
    notFrom: 'attacked-node',
  },
  {
    // pacemaker, daemons/controld/controld_execd.c, log_executor_event: a monitor that did not answer `ok`
    phase: 'detected',
    faults: processFaults,
    identifier: 'pacemaker-controld',
    matches: (message, { workloadResource, node }) => {
      const result = resultOf(message);
      return (
        result !== undefined &&
        /asyncmon|monitor|probe/.test(result.operation) &&
        result.resource === workloadResource &&
        result.node === node &&
        result.text !== 'ok' &&
        result.text !== 'cancelled'
      );
    },
  },
  {
    // pacemaker, daemons/controld/controld_te_events.c, process_graph_event: a failure that was pushed to the cluster
    phase: 'detected',
    faults: processFaults,
    identifier: 'pacemaker-controld',
    matches: (message, { workloadResource, node }) =>
      message.includes(`(${workloadResource}_`) &&
      message.includes(` on ${node}): expected '`) &&
      /expected 'ok' but got '/i.test(message),
  },
  {
    // Linux, drivers/block/drbd/drbd_state.c, print_state_change; DRBD 9 writes the same
    phase: 'detected',
    faults: ['disk-errors'],
    identifier: 'kernel',
    matches: (message) => /\bdisk\( UpToDate -> (?:Failed|Diskless)\b/.test(message),
  },
  {
    phase: 'fenced',
    faults: faultNames,
    identifier: 'pacemaker-fenced',
    matches: (message, { node }) => tellsOfFencing(message, node),
  },
  ...(['state', 'address', 'workload'] as const).map(
    // pacemaker, daemons/controld/controld_execd.c, log_executor_event
    (phase): Reader => ({
      phase,
      faults: faultNames,
      identifier: 'pacemaker-controld',
      matches: (message, { newNode, workloadResource }) => {
        const result = resultOf(message);
        return (
          result?.operation === 'start' &&
          result.resource === (phase === 'workload' ? workloadResource : phase) &&
          result.node === newNode &&
          result.text === 'ok'
        );
      },
    }),
  ),
];

const phaseNames: readonly Reader['phase'][] = ['detected', 'fenced', 'state', 'address', 'workload'];

/** When each phase of the recovery was reached, from the journals of all members; null where no line tells of it. */
export function readPhases(entries: readonly JournalEntry[], context: PhaseContext): readonly Phase[] {
  const { faultAtMs, untilMs, firstAcknowledgedAtMs } = context;
  const relevant = entries.filter(({ atMs }) => atMs >= faultAtMs && atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
  const phases = phaseNames.map((name): Phase => {
    const ofPhase = readers.filter((reader) => reader.phase === name && reader.faults.includes(context.fault));
    const entry = relevant.find((each) => ofPhase.some((reader) => applies(reader, each, context)));
    if (entry === undefined) return { name, atSeconds: null };
    return { name, atSeconds: secondsAfter(faultAtMs, entry.atMs), from: `${entry.host} ${entry.identifier}` };
  });
  const write = 'first-acknowledged-write';
  if (firstAcknowledgedAtMs === null) return [...phases, { name: write, atSeconds: null }];
  return [...phases, { name: write, atSeconds: secondsAfter(faultAtMs, firstAcknowledgedAtMs), from: 'client' }];
}

/** When the machine's fencing was confirmed, by any member's fencer: from then on it was without power. */
export function fencingsOf(node: string, entries: readonly JournalEntry[]): readonly number[] {
  return entries
    .filter(
      ({ identifier, message }) => identifier === 'pacemaker-fenced' && tellsOfFencing(withoutLevel(message), node),
    )
    .map(({ atMs }) => atMs);
}

/** pacemaker, daemons/fenced/fenced_remote.c, finalize_op: an operation that succeeded. */
function tellsOfFencing(message: string, node: string): boolean {
  const [, target] = /^Operation '(?:off|reboot)' targeting (\S+) by .*: OK\b/.exec(message) ?? [];
  return target === node;
}

function applies(reader: Reader, entry: JournalEntry, context: PhaseContext): boolean {
  if (entry.identifier !== reader.identifier) return false;
  if (reader.notFrom === 'attacked-node' && entry.host === context.node) return false;
  return reader.matches(withoutLevel(entry.message), context);
}

interface ExecutorResult {
  readonly operation: string;
  readonly resource: string;
  readonly node: string;
  /** `ok`, or what went wrong, in small letters. */
  readonly text: string;
}

/** `Result of <operation> operation for <resource> on <node>: <text>[ (<reason>)]` */
function resultOf(message: string): ExecutorResult | undefined {
  const match = /^Result of (.+) operation for (\S+) on (\S+): ([^(|]+)/.exec(message);
  const [, operation, resource, node, text] = match ?? [];
  if (operation === undefined || resource === undefined || node === undefined || text === undefined) return undefined;
  // Pacemaker 2.1 writes `ok`, 3.0 `OK`.
  return { operation, resource, node, text: text.trim().toLowerCase() };
}

function secondsAfter(faultAtMs: number, atMs: number): number {
  return Math.round(atMs - faultAtMs) / 1000;
}
