import { budgetInLines } from '../budget/index.ts';
import type { Paint, Problem } from '../core/index.ts';
import { describeCibChange } from '../engines/pacemaker/index.ts';
import type { Plan } from './plan.ts';
import { renderWhatIf } from './render-what-if.ts';
import { describeStep, destroysOf, hostsOf, type Step } from './step.ts';
import { textDiff } from './text-diff.ts';
import type { WhatIf } from './what-if.ts';

/**
 * The plan for people, in lines; long sums are broken at `columns`. `allPairs`: each pair of faults in a sentence of its own. The content of a secret file is nowhere in a plan, so it is
 * not here either.
 */
export function renderPlan(
  plan: Plan,
  scenarios: WhatIf | undefined,
  paint: Paint,
  columns: number,
  allPairs: boolean,
): readonly string[] {
  return [
    ...renderChanges(plan, paint),
    ...renderWhatIf(scenarios, paint, columns, allPairs),
    ...renderBudget(plan, paint, columns),
    ...plan.acceptedRisks.map(({ risk, because }) => `${paint('yellow', 'accepted risk')}  ${risk}: ${because}`),
    ...plan.notes.map((note) => `${paint('yellow', 'note')}  ${note}`),
    ...plan.problems.map((problem) => renderProblem(problem, paint)),
    ...summary(plan, paint),
  ];
}

function renderChanges(plan: Plan, paint: Paint): readonly string[] {
  const shown = plan.steps.filter((step) => step.kind !== 'record' && step.kind !== 'wait-until-settled');
  const ofSite = shown.filter((step) => hostsOf(step).length > 1);
  const ofHosts = Map.groupBy(
    shown.filter((step) => hostsOf(step).length === 1),
    (step) => hostsOf(step)[0] ?? '',
  );
  return [
    ...[...ofHosts].flatMap(([host, steps]) => [
      paint('bold', host),
      ...steps.flatMap((step) => renderStep(step, host, twinOf(step, shown), paint)),
      '',
    ]),
    ...(ofSite.length === 0
      ? []
      : [
          paint('bold', `the cluster of ${plan.site}`),
          ...ofSite.flatMap((step) => renderClusterStep(step, plan, paint)),
          '',
        ]),
  ];
}

/** The first host on which the same file changes in the same way: its difference is shown there alone. */
function twinOf(step: Step, steps: readonly Step[]): string | undefined {
  if (step.kind !== 'write-file') return undefined;
  const withoutHost = (each: Step) => JSON.stringify({ ...each, host: '' });
  const first = steps.find((each) => each.kind === 'write-file' && withoutHost(each) === withoutHost(step));
  const [host] = first === undefined ? [] : hostsOf(first);
  return host === step.host ? undefined : host;
}

function renderStep(step: Step, host: string, twin: string | undefined, paint: Paint): readonly string[] {
  const words = describeStep(step).replace(` on ${host}`, '');
  switch (step.kind) {
    case 'write-file': {
      const octal = step.mode.toString(8).padStart(4, '0');
      if (step.content.kind === 'secret') return [change(step.change, `${words} (secret, ${octal})`, paint)];
      if (twin !== undefined) return [change(step.change, `${words} (${octal}), as on ${twin}`, paint)];
      return [
        change(step.change, `${words} (${octal})`, paint),
        ...(step.change === 'permissions' ? [] : renderDiff(step.before ?? '', step.content.text, step.change, paint)),
      ];
    }
    case 'remove-file':
    case 'disable-units':
    case 'disable-sbd':
    case 'stop-unit':
      return [`  ${paint('red', '-')} ${words}`];
    case 'install-packages':
    case 'make-directory':
    case 'enable-units':
    case 'start-unit':
      return [`  ${paint('green', '+')} ${words}`];
    default:
      return [disturbing(step, words, paint)];
  }
}

/** What destroys is red as a whole. */
function disturbing(step: Step, words: string, paint: Paint): string {
  return destroysOf(step) === undefined ? `  ${paint('yellow', '~')} ${words}` : `  ${paint('red', `~ ${words}`)}`;
}

function change(kind: 'create' | 'replace' | 'permissions', words: string, paint: Paint): string {
  return kind === 'create' ? `  ${paint('green', '+')} ${words}` : `  ${paint('yellow', '~')} ${words}`;
}

/** A new file is shown by its beginning: what it replaces is nothing, and it may be long. */
const mostNewLines = 6;

function renderDiff(before: string, after: string, kind: 'create' | 'replace', paint: Paint): readonly string[] {
  const lines = textDiff(before, after);
  const shown = kind === 'create' ? lines.slice(0, mostNewLines) : lines;
  const rendered = shown.map(({ mark, text }) => {
    const line = `      ${mark} ${text}`;
    return mark === ' ' ? paint('dim', line) : paint(mark === '+' ? 'green' : 'red', line);
  });
  const hidden = lines.length - shown.length;
  return hidden > 0 ? [...rendered, paint('dim', `      … and ${hidden} more lines`)] : rendered;
}

function renderClusterStep(step: Step, plan: Plan, paint: Paint): readonly string[] {
  const line = disturbing(step, describeStep(step), paint);
  if (step.kind !== 'replace-cib') return [line];
  const marks = { added: ['green', '+'], removed: ['red', '-'], changed: ['yellow', '~'] } as const;
  return [
    line,
    ...plan.cibChanges.map((each) => {
      const [style, mark] = marks[each.kind];
      return `      ${paint(style, mark)} ${describeCibChange(each).replace(/^(added|removed|changed) /, '')}`;
    }),
  ];
}

function renderBudget({ budget, objectiveSeconds }: Plan, paint: Paint, columns: number): readonly string[] {
  if (budget === undefined) return [];
  return [
    `${paint('bold', 'the longest outage of each fault')}, of ${objectiveSeconds} s that are promised`,
    ...budgetInLines(budget, objectiveSeconds, paint, columns),
    '',
  ];
}

function renderProblem(problem: Problem, paint: Paint): string {
  return `${paint('red', problem.code)}  ${problem.message}\n  ${paint('cyan', '→')} ${problem.remedy}`;
}

function summary(plan: Plan, paint: Paint): readonly string[] {
  if (plan.problems.length > 0) {
    return [paint('red', `${count(plan.problems.length, 'problem')}: nothing can be applied.`)];
  }
  if (plan.steps.length === 0) return [`${plan.site}: nothing to change.`];
  const disruption = {
    none: paint('green', 'The workloads are not disturbed.'),
    switchover: paint('yellow', 'The workloads move to the other node: a short outage.'),
    outage: paint('red', 'The workloads are stopped or restarted: an outage.'),
  }[plan.disruption];
  return [`${count(plan.steps.length, 'step')}. ${disruption}`];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
