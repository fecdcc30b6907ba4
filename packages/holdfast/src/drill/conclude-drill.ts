import { checkLedger, whyUnproven } from './check-ledger.ts';
import {
  type JournalEntry,
  joinJournals,
  judgeTwoActive,
  readJournal,
  type Sample,
  startsWithoutQuorum,
} from './evidence/index.ts';
import { type Expectation, endsByItself } from './expectation.ts';
import { faults, type Injection } from './faults/index.ts';
import { gapsLeftBy, type KeptJournal } from './kept-journal.ts';
import { lastBootMs } from './last-boot.ts';
import { fencingsOf, readPhases } from './phases.ts';
import {
  findInterleaving,
  type Interruption,
  type LaterInterruptions,
  laterInterruptions,
  measureRecovery,
  type Recovery,
} from './recovery.ts';
import type { DrillRun, MemberAtStart } from './run-drill.ts';
import { activityOf } from './site-activity.ts';
import { timelineOf } from './timeline.ts';
import type { DrillResult, Operation } from './types.ts';
import { inWords, judge } from './verdict.ts';
import { outageRule } from './watch.ts';

export interface WatchedDrill {
  readonly run: DrillRun;
  /** The node that was active when the fault was done. */
  readonly active: string;
  /** The machine it was done to. */
  readonly victim: string;
  readonly expectation: Expectation;
  readonly members: readonly MemberAtStart[];
  readonly watchedFromMs: number;
  readonly injection: Injection;
  /** As it stood when the healing began. */
  readonly recovery: Recovery;
  readonly healedFromMs: number;
  readonly operations: readonly Operation[];
  readonly samples: readonly Sample[];
  readonly finalRead: readonly string[] | undefined;
  readonly skipped: number;
  readonly afterHealingSeconds: number | null;
  readonly violations: readonly string[];
  /** What was not seen of the outage and had to be, in words. */
  readonly gaps: readonly string[];
  /** What the reader should know of how it went, in words. */
  readonly notes: readonly string[];
  /** Of the victim, read before a healing that let it lose its memory; absent: none did. */
  readonly keptJournal?: KeptJournal;
}

/** Gathers the journals of all members and judges what was watched. */
export async function concludeDrill(watched: WatchedDrill): Promise<DrillResult> {
  const { run, victim, expectation, injection, operations, finalRead } = watched;
  const { site, environment, pace } = run;
  const faultAtMs = injection.atMs;
  const watchedUntilMs = environment.clock.now();
  const journals = await readJournals(watched);
  const history = { operations, ...(finalRead !== undefined && { finalRead }) };
  const count = checkLedger(history);
  const recovery = recoveryOf(watched);
  const again = interruptedAgain(watched, recovery);
  const overAtMs = recovery.overAtSeconds === null ? null : faultAtMs + recovery.overAtSeconds * 1000;
  const activity = activityOf(watched, journals, watchedUntilMs);
  const twoActive = judgeTwoActive({
    things: [...activity.workloads.values(), activity.state, activity.address],
    samples: watched.samples,
    clockToleranceMs: Math.max(...watched.members.map(({ offset }) => 2 * offset.uncertaintyMs)),
    ...interleaving(operations),
  });
  const entries = [...journals.values()].flat();
  const phases = readPhases(entries, {
    fault: run.fault,
    faultAtMs,
    untilMs: overAtMs === null ? watchedUntilMs : overAtMs + pace.steadyMs,
    node: victim,
    newNode: recovery.after?.node,
    workloadResource: run.workloadResource,
    firstAcknowledgedAtMs: overAtMs,
  });
  const objectiveSeconds = site.objectives.rtoMs / 1000;
  const limit = limitOf(watched, journals);
  const verdict = judge({
    expected: expectation.service,
    objectiveSeconds,
    recovery,
    afterHealingSeconds: watched.afterHealingSeconds,
    again: faults[run.fault].repairMoves === true ? again && { beforeHealing: again.beforeHealing } : again,
    watchedSeconds: (watched.healedFromMs - faultAtMs) / 1000,
    count,
    unproven: whyUnproven(history, faultAtMs),
    twoActive,
    violations: [...watched.violations, ...quorumViolations(watched, journals)],
    gaps: [...watched.gaps, ...gapsOf(watched, journals), ...leftOpen(watched, entries)],
  });
  return {
    fault: run.fault,
    site: site.name,
    node: victim,
    startedAt: new Date(watched.watchedFromMs).toISOString(),
    expected: expectation.service,
    expectation: expectation.words,
    objectiveSeconds,
    budgetSeconds: rounded(limit.seconds),
    rtoSeconds: rounded(recovery.rtoSeconds),
    interruptionSeconds: recovery.rtoSeconds === null ? null : rounded(recovery.interruptionSeconds),
    afterHealingSeconds: rounded(watched.afterHealingSeconds),
    ...count,
    twoActive: twoActive.twoActive,
    phases,
    ...verdict,
    notes: [...watched.notes, ...notesOf(watched, recovery, again), ...limit.notes],
    durability: environment.machines !== 'containers' && lostPower(watched, entries) ? 'proven' : 'not-proven',
    timeline: timelineOf({
      operations,
      faultAtMs,
      rtoSeconds: recovery.rtoSeconds,
      overAtSeconds: recovery.overAtSeconds,
      intervals: [...(activity.workloads.get(run.unit)?.intervals.values() ?? [])].flatMap((each) => each ?? []),
    }),
  };
}

/** What was computed, counted from the fault. */
function limitOf(
  { run, members, injection }: WatchedDrill,
  journals: ReadonlyMap<string, readonly JournalEntry[]>,
): { readonly seconds: number | null; readonly notes: readonly string[] } {
  const seconds = run.environment.budgetSeconds(run.fault);
  if (seconds === null || !run.environment.budgetCountsFromLastBoot(run.fault)) return { seconds, notes: [] };
  const names = members.map(({ host }) => host.name);
  const bootMs = lastBootMs(journals, names, injection.atMs);
  const computed = `${seconds.toFixed(1)} s were computed from the boot of the last machine`;
  if (bootMs === undefined) return { seconds: null, notes: [`${computed}, and not every journal says when that was`] };
  const bootSeconds = (bootMs - injection.atMs) / 1000;
  return { seconds: bootSeconds + seconds, notes: [`${computed}, ${bootSeconds.toFixed(1)} s after the fault`] };
}

/**
 * Service that came back only because the drill healed the fault did not come back; nor is a repair part of the fault, nor an outage
 * that began with the healing. Whom it left serving counts all the same.
 */
function recoveryOf({ run, injection, operations, recovery, healedFromMs }: WatchedDrill): Recovery {
  const fault = faults[run.fault];
  if (recovery.rtoSeconds === null || fault.repairMoves === true) return recovery;
  const whole = measureRecovery(operations, injection.atMs, outageRule(fault));
  const { overAtSeconds, interruptionSeconds, after } = whole;
  if (overAtSeconds === null || injection.atMs + overAtSeconds * 1000 <= healedFromMs) return whole;
  return { ...recovery, interruptionSeconds, ...(after && { after }) };
}

/** Undefined: service never came back, so that it could not be interrupted again. */
function interruptedAgain(
  { expectation, injection, operations, healedFromMs, afterHealingSeconds }: WatchedDrill,
  { overAtSeconds }: Recovery,
): LaterInterruptions | undefined {
  const faultAtMs = injection.atMs;
  const isOfItself = endsByItself(expectation.service);
  const seconds = isOfItself ? overAtSeconds : afterHealingSeconds;
  if (seconds === null) return undefined;
  const overAtMs = (isOfItself ? faultAtMs : healedFromMs) + seconds * 1000;
  return laterInterruptions(operations, { faultAtMs, overAtMs, healedFromMs });
}

/** By member; one whose journal cannot be read is not in it. */
async function readJournals({
  members,
  victim,
  keptJournal,
}: WatchedDrill): Promise<Map<string, readonly JournalEntry[]>> {
  const read = await Promise.allSettled(members.map(({ host, mark, offset }) => readJournal(host, mark, offset)));
  const journals = new Map<string, readonly JournalEntry[]>();
  for (const [index, answer] of read.entries()) {
    const name = members[index]?.host.name;
    if (name === undefined || answer.status === 'rejected') continue;
    journals.set(name, name === victim ? joinJournals(keptJournal?.entries ?? [], answer.value) : answer.value);
  }
  return journals;
}

/** Only then was what its memory held gone, so that what was read back had been on the disk. */
function lostPower({ active, injection }: WatchedDrill, entries: readonly JournalEntry[]): boolean {
  if (injection.powerOffAtMs?.[active] !== undefined) return true;
  return fencingsOf(active, entries).some((atMs) => atMs >= injection.atMs);
}

function interleaving(operations: readonly Operation[]): { interleaved?: string } {
  const pair = findInterleaving(operations);
  if (pair === undefined) return {};
  const [a, b] = pair.map(({ node, start }) => `start ${start} on ${node}`);
  return { interleaved: `${a} and ${b} answered the client in turns` };
}

/** A journal that is missing altogether leaves the question of two active open by itself. */
function gapsOf(
  { victim, members, keptJournal }: WatchedDrill,
  journals: ReadonlyMap<string, readonly JournalEntry[]>,
): readonly string[] {
  const mark = members.find(({ host }) => host.name === victim)?.mark;
  const found = journals.get(victim);
  return mark === undefined || found === undefined ? [] : gapsLeftBy(keptJournal, mark, found);
}

/** What the healing did proves nothing of the fault. */
function leftOpen(
  { run, victim, injection, healedFromMs }: WatchedDrill,
  entries: readonly JournalEntry[],
): readonly string[] {
  const ofFault = entries.filter(({ atMs }) => atMs >= injection.atMs && atMs <= healedFromMs);
  return faults[run.fault].leftOpen?.(ofFault, victim, run.site) ?? [];
}

function quorumViolations(
  { run, members }: WatchedDrill,
  journals: ReadonlyMap<string, readonly JournalEntry[]>,
): readonly string[] {
  return members.flatMap(({ host, mark }) =>
    run.site.workloads.flatMap(({ unit }) =>
      startsWithoutQuorum(host.name, unit, mark.bootId, journals.get(host.name) ?? []),
    ),
  );
}

const worthNotingSeconds = 0.5;

function notesOf(
  watched: WatchedDrill,
  { interrupted }: Recovery,
  again: LaterInterruptions | undefined,
): readonly string[] {
  const { expectation, afterHealingSeconds, skipped } = watched;
  const notes: string[] = [];
  if (!endsByItself(expectation.service) && afterHealingSeconds !== null) {
    notes.push(`service was back ${afterHealingSeconds.toFixed(2)} s after the fault was over`);
  }
  const healing =
    again !== undefined && again.sinceHealing.seconds > worthNotingSeconds ? again.sinceHealing : undefined;
  if (!interrupted) {
    notes.push(healing ? 'service was not interrupted while the fault lasted' : 'service was never interrupted');
  }
  if (interrupted && again !== undefined && again.beforeHealing.seconds > worthNotingSeconds) {
    notes.push(`service was interrupted a second time, ${inWords(again.beforeHealing)}`);
  }
  if (healing !== undefined) notes.push(healingNote(watched, healing));
  if (skipped > 0) notes.push(`${skipped} writes were not sent, because too many were without an answer`);
  return notes;
}

function healingNote({ run }: WatchedDrill, interruption: Interruption): string {
  const what = inWords(interruption);
  if (faults[run.fault].repairMoves === true) {
    return `to undo the fault the service was moved, which interrupted it ${what}`;
  }
  const moveSeconds = run.environment.budgetSeconds('planned-move');
  const told = `while the fault was undone service was interrupted, ${what}`;
  if (moveSeconds === null || interruption.seconds <= moveSeconds) return told;
  return `${told}: longer than a planned move may take (${moveSeconds.toFixed(1)} s), and no part of this fault. What undid it, or the cluster when it forgot the failures, did this: see why in its journal`;
}

function rounded(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000) / 1000;
}
