import { type Clock, eventQueue, HoldfastError, type Problem, type ProgressEvent } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { executeStep } from './execute-step.ts';
import { lockSite } from './lock.ts';
import type { Plan } from './plan.ts';
import type { Secrets } from './secret-digests.ts';
import { describeStep, hostsOf, type Step, stageOf } from './step.ts';

export interface ApplyOptions {
  /** What the operator has seen and agreed to. */
  readonly plan: Plan;
  /** Reads the facts anew and plans again: asked under the lock, and refused when it is another plan. */
  readonly replan: () => Promise<Plan>;
  readonly hosts: Hosts;
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Who applies, from where: shown to another operator who finds the site locked. */
  readonly operator: string;
  /** Ends after the step in hand. */
  readonly signal?: AbortSignal;
}

/**
 * Does the steps of a plan and tells how they go. Stage after stage; within one, all hosts at the same time. What is begun is
 * finished, also after an interruption or when another host fails; then nothing more is begun, and apply again goes on from there.
 * Throws HoldfastError: HF-APPLY-LOCKED, HF-APPLY-PLAN-CHANGED, HF-APPLY-INTERRUPTED, those of the steps and of the hosts.
 */
export async function* apply(options: ApplyOptions): AsyncGenerator<ProgressEvent, void> {
  const { plan, replan, hosts, clock, operator } = options;
  refuseProblems(plan);
  if (plan.steps.length === 0) return;
  yield { kind: 'task-started', id: 'lock', title: 'lock the site' };
  const lock = await lockSite(hosts, operator, clock);
  try {
    const current = await replan();
    refuseProblems(current);
    if (!sameSteps(plan.steps, current.steps)) throw planChanged();
    yield { kind: 'task-finished', id: 'lock', outcome: 'done' };
    yield* applySteps(current.steps, { ...options, hosts: lock.hosts }, lock.lost);
  } finally {
    await lock.release();
  }
}

async function* applySteps(
  steps: readonly Step[],
  { hosts, secrets, signal }: ApplyOptions,
  lost: AbortSignal,
): AsyncGenerator<ProgressEvent, void> {
  let done = 0;
  const leftWaiting: string[] = [];
  const stopped = () => signal?.aborted === true || lost.aborted;
  for (const stage of stagesOf(steps)) {
    const events = eventQueue<ProgressEvent>();
    const doStep = async (step: Step) => {
      const title = describeStep(step);
      const id = `${stageOf(step)} ${title}`;
      events.push({ kind: 'task-started', id, title });
      try {
        const tell = (text: string) => events.push({ kind: 'task-output', id, text });
        await executeStep(step, { hosts, secrets, tell, ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        events.push({ kind: 'task-failed', id, message: error instanceof Error ? error.message : String(error) });
        if (signal?.aborted !== true || error !== signal.reason) throw error;
        leftWaiting.push(title);
        return;
      }
      events.push({ kind: 'task-finished', id, outcome: 'done' });
      done++;
    };
    const work = runStage(stage, doStep, stopped);
    try {
      yield* events.during(work);
    } finally {
      // Also when the reader has gone: what was begun is finished before the lock is given back.
      await Promise.allSettled([work]);
    }
    if (stopped() && done < steps.length) {
      lost.throwIfAborted();
      throw interrupted(done, steps.length, leftWaiting);
    }
  }
}

/** Each host does its own steps one after another; what concerns several hosts waits for all of them. */
async function runStage(
  steps: readonly Step[],
  doStep: (step: Step) => Promise<void>,
  stopped: () => boolean,
): Promise<void> {
  const queues = new Map<string, Step[]>();
  for (const step of steps) {
    const key = hostsOf(step).length > 1 ? 'all' : (hostsOf(step)[0] ?? 'all');
    queues.set(key, [...(queues.get(key) ?? []), step]);
  }
  const results = await Promise.allSettled(
    [...queues.values()].map(async (queue) => {
      for (const step of queue) {
        if (stopped()) return;
        await doStep(step);
      }
    }),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length > 0) throw together(failures);
}

function stagesOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  return [...Map.groupBy(steps, stageOf)].toSorted(([a], [b]) => a - b).map(([, stage]) => stage);
}

/** One error with the problems of all hosts; something that is not a HoldfastError is a defect and goes out as it is. */
function together(failures: readonly unknown[]): unknown {
  const problems: Problem[] = [];
  for (const failure of failures) {
    if (!(failure instanceof HoldfastError)) return failure;
    problems.push(...failure.problems);
  }
  const [first, ...others] = problems;
  return first === undefined ? failures[0] : new HoldfastError([first, ...others], { cause: failures[0] });
}

function refuseProblems(plan: Plan): void {
  const [first, ...others] = plan.problems;
  if (first !== undefined) throw new HoldfastError([first, ...others]);
}

/** What a file holds now, the version of the CIB and how far a copy is may have moved; what shall be done may not. */
function sameSteps(shown: readonly Step[], current: readonly Step[]): boolean {
  const essence = (step: Step) => {
    if (step.kind === 'replace-cib') return { ...step, seen: undefined };
    if (step.kind === 'write-file') return { ...step, before: undefined };
    return step;
  };
  const done = (steps: readonly Step[]) => steps.filter(({ kind }) => kind !== 'await-sync').map(essence);
  return JSON.stringify(done(shown)) === JSON.stringify(done(current));
}

function planChanged(): HoldfastError {
  return new HoldfastError({
    code: 'HF-APPLY-PLAN-CHANGED',
    message: 'The machines have changed since the plan was shown: something else would now be done.',
    remedy: 'Run the same command again and look at the new plan.',
    source: 'site',
  });
}

function interrupted(done: number, all: number, leftWaiting: readonly string[]): HoldfastError {
  const left = leftWaiting.length === 0 ? '' : ` This was begun and not waited for: ${leftWaiting.join(', ')}.`;
  return new HoldfastError({
    code: 'HF-APPLY-INTERRUPTED',
    message: `Interrupted after ${done} of ${all} steps; each of those is complete.${left}`,
    remedy: 'Run the same command again: it goes on from there.',
    source: 'user',
  });
}
