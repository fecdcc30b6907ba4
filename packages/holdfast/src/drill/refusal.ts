import type { Clock } from '../core/index.ts';
import type { ClusterReading } from './cluster-watch.ts';
import { type Danger, noteOf } from './danger.ts';
import type { Told } from './expectation.ts';
import type { Roles } from './faults/index.ts';
import type { DrillPace } from './options.ts';
import { measureRecovery, type Recovery } from './recovery.ts';
import type { DrillRun, WatchedOutage } from './run-drill.ts';
import type { Operation } from './types.ts';
import { isServed, whileRefused } from './watch.ts';

interface Refusing extends Pick<DrillRun, 'pace' | 'signal'> {
  readonly environment: Pick<DrillRun['environment'], 'clock' | 'readCluster' | 'explain'>;
}

/**
 * Watches an outage that must last. It counts from when what is left of the cluster has decided to start nothing: a machine that still
 * boots refuses nothing. Then `holdfast status` must say what a person can do about just that.
 */
export async function watchRefusal(
  { environment, pace, signal }: Refusing,
  told: Told,
  roles: Roles,
  faultAtMs: number,
  operations: readonly Operation[],
): Promise<WatchedOutage> {
  const { clock } = environment;
  const served = () => isServed(measureRecovery(operations, faultAtMs));
  const refusing = () => untilRefusing(() => environment.readCluster(signal), served, clock, pace, signal);
  const notBegun = await refusing();
  const decidedAtMs = clock.now();
  const refusedForMs = notBegun === undefined ? pace.refusedForMs : 0;
  await whileRefused(operations, faultAtMs, decidedAtMs + refusedForMs, clock, signal);
  // A machine that resets itself when it loses quorum may only now be back, to be asked.
  const undecided = notBegun ?? (await refusing());
  const dangers = await environment.explain(signal);
  const recovery = measureRecovery(operations, faultAtMs);
  return { recovery, ...judgeRefusal({ recovery, undecided, dangers, told, roles, faultAtMs, decidedAtMs, pace }) };
}

/**
 * Waits until whoever is left has decided to start nothing; gives what was missing of that when `readyLimitMs` are over, or somebody
 * serves. Undefined: it is decided.
 */
export async function untilRefusing(
  read: () => Promise<ClusterReading>,
  isServed: () => boolean,
  clock: Clock,
  pace: Pick<DrillPace, 'readyLimitMs' | 'pollEveryMs'>,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const deadlineMs = clock.monotonic() + pace.readyLimitMs;
  for (;;) {
    const { refuses, missing } = await read();
    if (refuses) return undefined;
    if (isServed() || clock.monotonic() >= deadlineMs) return missing;
    await clock.sleep(pace.pollEveryMs, signal);
  }
}

interface Refusal {
  readonly recovery: Recovery;
  readonly undecided: readonly string[] | undefined;
  readonly dangers: readonly Danger[];
  readonly told: Told;
  readonly roles: Roles;
  readonly faultAtMs: number;
  readonly decidedAtMs: number;
  readonly pace: Pick<DrillPace, 'readyLimitMs' | 'refusedForMs'>;
}

/** Whether the refusal was seen at all, and whether a person was told the way out of it. Pure. */
export function judgeRefusal(refusal: Refusal): Pick<WatchedOutage, 'violations' | 'gaps' | 'notes'> {
  const { recovery, undecided, dangers, pace, faultAtMs, decidedAtMs } = refusal;
  const said = dangers.map(noteOf);
  // Who serves has refused nothing: that is the verdict, and status speaks of something else.
  if (isServed(recovery)) return { violations: [], gaps: [], notes: said };
  if (undecided !== undefined) {
    const why = undecided.join('; ');
    const gap = `nobody knows whether service would have been refused: within ${pace.readyLimitMs / 1000} s what was left of the cluster did not decide to start nothing (${why})`;
    return { violations: [], gaps: [gap], notes: said };
  }
  const atSeconds = ((decidedAtMs - faultAtMs) / 1000).toFixed(1);
  const decided = `what was left of the cluster had decided to start nothing ${atSeconds} s after the fault, and was watched for ${pace.refusedForMs / 1000} s from then on`;
  return { violations: untold(refusal), gaps: [], notes: [decided, ...said] };
}

function untold({ dangers, told, roles }: Refusal): readonly string[] {
  const about = roles[told.of];
  const isTold = dangers.some(({ where, code, command }) => {
    const wanted = told.commands[code];
    return where === about && wanted !== undefined && command?.includes(wanted) === true;
  });
  if (isTold) return [];
  const wanted = Object.entries(told.commands).map(([code, command]) => `${code} with \`${command} …\``);
  const found = [...new Set(dangers.map(({ where, code }) => `${code} of ${where}`))].join(', ');
  return [
    `nobody was told what to do: of ${about}, \`holdfast status\` did not say ${wanted.join(' or ')}; it found ${found === '' ? 'nothing dangerous' : found}`,
  ];
}
