import type { Command } from 'commander';
import { HoldfastError } from '../../core/index.ts';
import type { Site } from '../../site/index.ts';
import { ask, operatorName } from '../ask.ts';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';
import { follow } from '../follow.ts';
import { showPlan } from './plan.ts';

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('remove')
    .description('take the cluster configuration off the machines; packages, workloads and data stay')
    .argument(...siteArgument)
    .option('--yes <name>', "do not ask; NAME is the site's name")
    .action((siteFile: string, options: { readonly yes?: string }) => run(siteFile, options, context));
  addExamples(verb, 'holdfast remove site.yaml', 'holdfast remove site.yaml --yes press-line');
  describeJson(verb, '{ site: string, changed: boolean, steps: string[] }');
}

async function run(siteFile: string, flags: { readonly yes?: string }, context: CliContext): Promise<void> {
  const { describeStep, openRemoval } = await import('../../rollout/index.ts');
  const site = await context.loadSite(siteFile);
  await using rollout = await openRemoval({
    site,
    clock: context.clock,
    operator: operatorName('remove'),
    signal: context.signal,
  });
  const plan = await rollout.plan();
  if (plan.steps.length > 0) {
    await showPlan(plan, undefined, context);
    const name =
      flags.yes ?? (await ask(`Type the name of the site to remove it: `, `Give --yes ${site.name}.`, context.signal));
    if (name !== site.name) throw wrongName(site, name);
  }
  await follow(rollout.apply(plan), context);
  context.print(
    plan.steps.length === 0
      ? `${site.name}: there is nothing to remove.`
      : `${site.name}: removed. The packages, ${site.workloads.map(({ unit }) => unit).join(', ')} (stopped and disabled) and the data on ${site.state.device} are still there.`,
  );
  context.printJson({ site: site.name, changed: plan.steps.length > 0, steps: plan.steps.map(describeStep) });
}

function wrongName(site: Site, name: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-APPLY-NOT-CONFIRMED',
    message: `The site is called ${site.name}, not "${name}"; nothing was removed.`,
    remedy: `Give --yes ${site.name} if that is the site you mean.`,
    source: 'user',
  });
}
