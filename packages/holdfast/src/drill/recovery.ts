import type { Incarnation, Operation } from './types.ts';

/** What the client saw of the outage. Seconds count from the fault. */
export interface Recovery {
  /** See `measureRecovery`; null: service did not come back while it was watched, or the history cannot say. */
  readonly rtoSeconds: number | null;
  /** When the outage was over; null where there is no RTO. */
  readonly overAtSeconds: number | null;
  /** False when every write after the fault was acknowledged and the same incarnation went on serving. */
  readonly interrupted: boolean;
  /** Longest time after the fault without an acknowledgement; null: none came after the fault. */
  readonly interruptionSeconds: number | null;
  /** Who served before the fault, and who ended the outage. */
  readonly before?: Incarnation;
  readonly after?: Incarnation;
}

type Acknowledged = Operation & { readonly completedAtMs: number; readonly servedBy: Incarnation };

/** What of the history is the outage of a fault. */
export interface OutageRule {
  /** From when the RTO counts: the instant of the fault, or that from which nobody answered. */
  readonly from: 'fault' | 'silence';
  /** Whose answer ends it: a later start of the workload, wherever it is, or the other node's alone. */
  readonly endedBy: 'later-start' | 'other-node';
}

const usualRule: OutageRule = { from: 'fault', endedBy: 'later-start' };

/**
 * Measures the recovery time as a client sees it.
 *
 * Let F be the instant of the fault and O the incarnation, that is (node, start), which gave the last acknowledgement
 * completed by F.
 *
 * 1. The RTO is the time from F to the completion of the first acknowledgement after F that was given by an incarnation
 *    other than O. Acknowledgements that O still gave after F (an answer under way when the process died, the seconds
 *    before a planned move stops it) do not end the outage: O is the one that was attacked.
 * 2. Where no other incarnation ever answers, the service was not replaced. If every write in flight at F or sent after
 *    it was acknowledged, it was never interrupted and the RTO is 0. Otherwise it lasts until the first acknowledgement
 *    of a write that was sent after the last one that failed or stayed unanswered.
 *
 * Nothing acknowledged before F, or nothing after the outage: null.
 *
 * Ended by the other node alone, for a fault that shall drive the service away: who starts again on the attacked node is O as well, and
 * rule 2 knows no end.
 *
 * Counted from the silence, for a fault that the site may notice late and that is served through until then: the RTO is the
 * longest time after F without an acknowledgement, wherever it lies; 0 and null as above, and null while that time has not ended.
 */
export function measureRecovery(
  operations: readonly Operation[],
  faultAtMs: number,
  { from, endedBy }: OutageRule = usualRule,
): Recovery {
  const acknowledged = operations.filter(isAcknowledged).sort((a, b) => a.completedAtMs - b.completedAtMs);
  const before = acknowledged.findLast(({ completedAtMs }) => completedAtMs <= faultAtMs)?.servedBy;
  const later = acknowledged.filter(({ completedAtMs }) => completedAtMs > faultAtMs);
  const disturbed = operations.filter(
    ({ result, completedAtMs }) => result !== 'ok' && (completedAtMs ?? Number.POSITIVE_INFINITY) > faultAtMs,
  );
  const seconds = (ms: number) => (ms - faultAtMs) / 1000;
  const lastSentMs = Math.max(...operations.map(({ invokedAtMs }) => invokedAtMs));
  const seen = {
    overAtSeconds: null,
    interruptionSeconds: later.length === 0 ? null : lengthOf(longestGap(faultAtMs, later, lastSentMs)),
    ...(before && { before }),
  };
  if (before === undefined) return { ...seen, rtoSeconds: null, interrupted: true };

  const replacement = later.find(({ servedBy }) =>
    endedBy === 'other-node' ? servedBy.node !== before.node : !isSame(servedBy, before),
  );
  if (replacement === undefined && endedBy === 'other-node') return { ...seen, rtoSeconds: null, interrupted: true };
  if (replacement === undefined && disturbed.length === 0 && later.some((each) => each.invokedAtMs >= faultAtMs)) {
    return { ...seen, rtoSeconds: 0, overAtSeconds: 0, interrupted: false, after: before };
  }
  const lastDisturbanceMs = Math.max(...disturbed.map(({ invokedAtMs }) => invokedAtMs));
  const end = replacement ?? later.find(({ invokedAtMs }) => invokedAtMs > lastDisturbanceMs);
  if (end === undefined || (replacement === undefined && disturbed.length === 0)) {
    return { ...seen, rtoSeconds: null, interrupted: true };
  }
  const outage =
    from === 'fault'
      ? { fromMs: faultAtMs, toMs: end.completedAtMs, isOpen: false }
      : longestGap(faultAtMs, later, lastSentMs);
  if (outage.isOpen) return { ...seen, rtoSeconds: null, interrupted: true };
  return {
    ...seen,
    rtoSeconds: lengthOf(outage),
    overAtSeconds: seconds(outage.toMs),
    interrupted: true,
    after: end.servedBy,
  };
}

/** A time without an acknowledgement, after service had come back. */
export interface Interruption {
  readonly seconds: number;
  /** When it began, from the fault. */
  readonly atSeconds: number;
}

/** The longest ones: before the drill began to undo the fault, and since. */
export interface LaterInterruptions {
  readonly beforeHealing: Interruption;
  readonly sinceHealing: Interruption;
}

/**
 * Whether service was interrupted once more after the outage was over. What had not ended when the healing began is of the
 * healing: a drill heals when service is steady.
 */
export function laterInterruptions(
  operations: readonly Operation[],
  { faultAtMs, overAtMs, healedFromMs }: { faultAtMs: number; overAtMs: number; healedFromMs: number },
): LaterInterruptions {
  const later = operations
    .filter(isAcknowledged)
    .filter(({ completedAtMs }) => completedAtMs > overAtMs)
    .sort((a, b) => a.completedAtMs - b.completedAtMs);
  const before = later.filter(({ completedAtMs }) => completedAtMs <= healedFromMs);
  const turnMs = before.at(-1)?.completedAtMs ?? overAtMs;
  const lastSentMs = Math.max(...operations.map(({ invokedAtMs }) => invokedAtMs));
  const interruption = (gap: Gap) => ({ seconds: lengthOf(gap), atSeconds: (gap.fromMs - faultAtMs) / 1000 });
  return {
    beforeHealing: interruption(longestGap(overAtMs, before, turnMs)),
    sinceHealing: interruption(longestGap(turnMs, later.slice(before.length), lastSentMs)),
  };
}

/**
 * Finds two incarnations that served at the same time, from the client's own history: one of them acknowledged a write
 * that was sent after the other had acknowledged one, and had itself served before that one. A process that is gone
 * cannot do this, and a start number is never used twice.
 */
export function findInterleaving(operations: readonly Operation[]): readonly [Incarnation, Incarnation] | undefined {
  const acknowledged = operations.filter(isAcknowledged);
  const reach = new Map<string, { who: Incarnation; firstCompletedMs: number; lastInvokedMs: number }>();
  for (const { servedBy, completedAtMs, invokedAtMs } of acknowledged) {
    const known = reach.get(nameOf(servedBy));
    reach.set(nameOf(servedBy), {
      who: servedBy,
      firstCompletedMs: Math.min(known?.firstCompletedMs ?? Number.POSITIVE_INFINITY, completedAtMs),
      lastInvokedMs: Math.max(known?.lastInvokedMs ?? Number.NEGATIVE_INFINITY, invokedAtMs),
    });
  }
  for (const between of acknowledged) {
    for (const outer of reach.values()) {
      const surrounds = outer.firstCompletedMs < between.invokedAtMs && outer.lastInvokedMs > between.completedAtMs;
      if (surrounds && !isSame(outer.who, between.servedBy)) return [outer.who, between.servedBy];
    }
  }
  return undefined;
}

export function isSame(a: Incarnation, b: Incarnation): boolean {
  return a.node === b.node && a.start === b.start;
}

function nameOf({ node, start }: Incarnation): string {
  return `${node} ${start}`;
}

function isAcknowledged(operation: Operation): operation is Acknowledged {
  return operation.result === 'ok' && operation.completedAtMs !== undefined && operation.servedBy !== undefined;
}

interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  /** No acknowledgement has ended it: `toMs` is how long it is known to last. */
  readonly isOpen: boolean;
}

/** From `fromMs` over the acknowledgements to the last write that was sent: whoever still sends is still waiting. */
function longestGap(fromMs: number, sorted: readonly Acknowledged[], lastSentMs: number): Gap {
  let previousMs = fromMs;
  let longest: Gap = { fromMs, toMs: fromMs, isOpen: false };
  for (const { completedAtMs: toMs } of sorted) {
    if (toMs - previousMs > lengthMs(longest)) longest = { fromMs: previousMs, toMs, isOpen: false };
    previousMs = toMs;
  }
  const open = { fromMs: previousMs, toMs: lastSentMs, isOpen: true };
  return lengthMs(open) > lengthMs(longest) ? open : longest;
}

function lengthOf(gap: Gap): number {
  return lengthMs(gap) / 1000;
}

function lengthMs({ fromMs, toMs }: Gap): number {
  return toMs - fromMs;
}
