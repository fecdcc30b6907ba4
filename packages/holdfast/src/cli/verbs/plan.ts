import type { Command } from 'commander';
import type { Plan, WhatIf } from '../../rollout/index.ts';
import { operatorName } from '../ask.ts';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { nameSite } from '../name-site.ts';
import { budgetShape } from './budget.ts';

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('plan')
    .description('show what apply would change, and what each fault would then do')
    .argument(...siteArgument)
    .option(
      '--format <[host:]device@content>',
      'as with apply: destroy what that device holds; may be repeated',
      collect,
    )
    .option('--all', 'say in a sentence each what two faults would do that come one after the other')
    .action((siteFile: string, options: PlanOptions) => run(siteFile, options, context));
  addExamples(verb, 'holdfast plan site.yaml', 'holdfast plan site.yaml --json | jq .budget');
  describeJson(
    verb,
    `{ site: string, steps: Step[], problems: Problem[], notes: string[], disruption: "none" | "switchover" | "outage",\n  cibChanges: CibChange[], acceptedRisks: { risk: string, because: string }[], objectiveSeconds: number,\n  budget: ${budgetShape},\n  whatIf?: { kind: "simulated", outcomes: {\n    title: string, faults: [string] | [string, string], before, after, steps, stopped: string[], sentence: string,\n    service: { kind: "keeps-running" | "recovers" | "stops" | "blocked", on?: string, until?: string }, unfenced?: string }[] } |\n    { kind: "not-possible", because: string } }`,
  );
}

/** Takes an option that may be given several times. */
export function collect(value: string, others: readonly string[] = []): readonly string[] {
  return [...others, value];
}

interface PlanOptions {
  readonly format?: readonly string[];
  readonly all?: true;
}

async function run(siteFile: string, { format = [], all }: PlanOptions, context: CliContext): Promise<void> {
  const { openRollout, readFormatPermission } = await import('../../rollout/index.ts');
  const { openSecrets } = await import('../../secrets/index.ts');
  const { randomUUID } = await import('node:crypto');
  const site = await context.loadSite(siteFile);
  const mayFormat = format.map(readFormatPermission);
  await using rollout = await openRollout({
    site,
    secrets: await openSecrets(siteFile, context.env),
    fileSystemUuid: randomUUID(),
    mayFormat,
    clock: context.clock,
    operator: operatorName('plan'),
    signal: context.signal,
  });
  const planned = await rollout.plan();
  const plan = { ...planned, problems: planned.problems.map((problem) => nameSite(problem, siteFile)) };
  const scenarios = plan.problems.length === 0 ? await rollout.whatIf(plan) : undefined;
  await showPlan(plan, scenarios, context, all === true);
  context.printJson(planAsJson(plan, scenarios));
  const [problem] = plan.problems;
  if (problem !== undefined) context.setExitCode(exitCodeOf(problem.source));
}

export async function showPlan(
  plan: Plan,
  scenarios: WhatIf | undefined,
  context: CliContext,
  allPairs = false,
): Promise<void> {
  const { renderPlan } = await import('../../rollout/index.ts');
  context.print(
    renderPlan(plan, scenarios, (style, text) => context.style(style, text), context.columns, allPairs).join('\n'),
  );
}

/** Without the whole CIBs: a live one may hold what other people keep secret. */
export function planAsJson(plan: Plan, scenarios: WhatIf | undefined): unknown {
  const { liveCib: _live, proposedCib: _proposed, ...shown } = plan;
  return { ...shown, ...(scenarios === undefined ? {} : { whatIf: scenarios }) };
}
