import type { Command } from 'commander';
import { HoldfastError } from '../../core/index.ts';
import { ask, operatorName } from '../ask.ts';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';
import { follow } from '../follow.ts';
import { collect, showPlan } from './plan.ts';

interface ApplyFlags {
  readonly format?: readonly string[];
  readonly yes?: true;
}

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('apply')
    .description('bring the machines to what the site file says')
    .argument(...siteArgument)
    .option('--yes', 'do not ask before changing anything')
    .option(
      '--format <[host:]device@content>',
      'destroy what that device holds, as plan names it; may be repeated',
      collect,
    )
    .action((siteFile: string, options: ApplyFlags) => run(siteFile, options, context));
  addExamples(
    verb,
    'holdfast apply site.yaml',
    'holdfast apply site.yaml --yes --format /dev/disk/by-id/wwn-0x5000c500a1b2c3d4@ext4   # copy the text that plan prints',
  );
  describeJson(
    verb,
    '{ site: string, changed: boolean, steps: string[], disruption: "none" | "switchover" | "outage" }',
  );
}

async function run(siteFile: string, flags: ApplyFlags, context: CliContext): Promise<void> {
  const { describeStep, openRollout, readFormatPermission } = await import('../../rollout/index.ts');
  const { openSecrets } = await import('../../secrets/index.ts');
  const { randomUUID } = await import('node:crypto');
  const site = await context.loadSite(siteFile);
  await using rollout = await openRollout({
    site,
    secrets: await openSecrets(siteFile, context.env),
    fileSystemUuid: randomUUID(),
    mayFormat: (flags.format ?? []).map(readFormatPermission),
    clock: context.clock,
    operator: operatorName('apply'),
    signal: context.signal,
  });
  const plan = await rollout.plan();
  const [problem, ...others] = plan.problems;
  if (problem !== undefined) throw new HoldfastError([problem, ...others]);
  const changes = plan.steps.length > 0;
  if (!changes || flags.yes !== true) await showPlan(plan, changes ? await rollout.whatIf(plan) : undefined, context);
  if (changes && flags.yes !== true) await confirm(context);
  await follow(rollout.apply(plan), context);
  if (changes) context.print(`${site.name}: applied, ${plan.steps.length} steps.`);
  context.printJson({
    site: site.name,
    changed: changes,
    steps: plan.steps.map(describeStep),
    disruption: plan.disruption,
  });
}

async function confirm(context: CliContext): Promise<void> {
  const answer = await ask('Apply this? [y/N] ', 'Run it again with --yes.', context.signal);
  if (/^y(es)?$/i.test(answer)) return;
  throw new HoldfastError({
    code: 'HF-APPLY-NOT-CONFIRMED',
    message: 'Nothing was changed.',
    remedy: 'Run it again and answer y, or give --yes.',
    source: 'user',
  });
}
